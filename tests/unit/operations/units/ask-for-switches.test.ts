import { beforeEach, describe, expect, test, vi } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import { botKey } from "../../../../lib/domain/run/unit-key.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { addAccount } from "../../../../lib/operations/accounts/add-account.ts";
import { setProxyActive } from "../../../../lib/operations/proxies/change-proxy.ts";
import { reportExit } from "../../../../lib/operations/requests/report-exit.ts";
import { findUnits } from "../../../../lib/operations/units/find-units.ts";
import { rotateAccount, rotateUnits } from "../../../../lib/operations/units/rotate-account.ts";
import { assignNewProxy, runThrough } from "../../../support/operator/alice-on-proxies.ts";
import { fakeReach } from "../../../support/operator/fake-reach.ts";
import { type OperatorBench, operatorBench } from "../../../support/operator/operator-bench.ts";

const alive = fakeReach("alive");
const burned = { what: "burned", venue: undefined, untilAt: undefined, why: undefined } as const;
let bench: OperatorBench;
beforeEach(async () => {
  bench = operatorBench();
  const plain = { allowedCountries: [], groupName: undefined, proxy: undefined };
  await addAccount(bench.operator, { name: "alice", venues: ["binance" as VenueName], ...plain });
});

async function pending() {
  const account = await bench.operator.store.accounts.find("alice");
  return account === undefined ? [] : await bench.operator.store.requests.pending([botKey(account.id)]);
}

describe("the wish that a bot leaves its exit", () => {
  const rotate = () => rotateAccount(bench.operator, alive, { accountName: "alice", isAwaited: false });

  test("is told to the launcher that runs it, and to the history", async () => {
    await assignNewProxy(bench, "fra-1", 1);
    await assignNewProxy(bench, "ams-1", 2);
    await runThrough(bench, "fra-1");
    expect(await rotate()).toMatchObject({
      outcome: "asked",
      text: expect.stringContaining("launch why alice"),
    });
    expect(await pending()).toMatchObject([{ verb: "rotate", by: "user:tester" }]);
    const [event] = await bench.operator.store.history.list({ limit: 1 });
    expect(event?.message).toBe("The bot alice was asked to rotate.");
  });

  test("is told to nobody when no bot runs", async () => {
    await assignNewProxy(bench, "fra-1", 1);
    expect(await rotate()).toMatchObject({
      outcome: "not_running",
      text: expect.stringContaining("launch bot --account alice"),
    });
    expect(await pending()).toEqual([]);
  });

  test("is told to nobody when no other exit is free: it says why of each, and what ends the first", async () => {
    await assignNewProxy(bench, "fra-1", 1);
    await runThrough(bench, "fra-1");
    expect((await rotate()).text).toBe(
      "It stays on fra-1: no other proxy is assigned. Assign one with `launch assign alice <label>`.",
    );
    await assignNewProxy(bench, "ams-1", 2);
    await setProxyActive(bench.operator, "ams-1", false);
    expect(await rotate()).toMatchObject({
      outcome: "no_other_exit",
      text: "It stays on fra-1: no other exit is free: ams-1 is disabled. Allow it again with `launch proxy enable ams-1`.",
    });
    expect(await pending()).toEqual([]);
  });
});

describe("the wish that many bots leave their exits", () => {
  const rotate = async (...words: readonly string[]) => {
    const isAll = words.length === 0;
    const named = { names: words, isAll, preferred: "bot" } as const;
    const units = await findUnits(bench.operator.store, named, ["ticks", "alice"]);
    const rotations = await rotateUnits(bench.operator, alive, units, { words, isAwaited: false });
    return rotations.map(({ accountName, outcome }) => `${accountName} ${outcome}`);
  };
  beforeEach(async () => {
    const plain = { allowedCountries: [], groupName: undefined, proxy: undefined };
    await addAccount(bench.operator, { name: "albert", venues: [], ...plain });
    await assignNewProxy(bench, "fra-1", 1);
    await assignNewProxy(bench, "ams-1", 2);
    await runThrough(bench, "fra-1");
  });

  test("means with a pattern, or for all, those that run, and reads once what runs", async () => {
    const live = vi.spyOn(bench.operator.store.runs, "live");
    expect(await rotate("al*")).toEqual(["alice asked"]);
    expect(await pending()).toHaveLength(1);
    // Once to find the units, once for what runs, and once in the transaction that asks.
    expect(live).toHaveBeenCalledTimes(3);
    expect(await rotate()).toEqual(["alice asked"]);
  });

  test("tells of one that is named and does not run", async () => {
    expect(await rotate("albert", "a*")).toEqual(["albert not_running", "alice asked"]);
  });

  test("refuses a collector that is named, before anybody is asked, and passes over one of a pattern", async () => {
    await expect(rotate("alice", "ticks")).rejects.toMatchObject({ code: "LAUNCH_USAGE" });
    expect(await pending()).toEqual([]);
    expect(await rotate("*i*")).toEqual(["alice asked"]);
  });

  test("means the bot by a name that a collector has too, and refuses that collector by its own", async () => {
    expect(await rotate("alice")).toEqual(["alice asked"]);
    expect(await rotate("alice", "a*")).toEqual(["alice asked"]);
    for (const words of [["collector:alice"], ["bot:alice", "collector:alice"]])
      await expect(rotate(...words)).rejects.toMatchObject({
        message: expect.stringContaining("alice is a collector"),
      });
  });
});

describe("an operator's report", () => {
  test("reaches nobody when no bot runs", async () => {
    expect(await reportExit(bench.operator, "alice", burned)).toBeUndefined();
    expect(await pending()).toEqual([]);
  });

  test("is sent with the account's only venue, its time and its reason, and is answered by the launcher", async () => {
    await assignNewProxy(bench, "fra-1", 1);
    await runThrough(bench, "fra-1");
    const report = { ...burned, untilAt: instant(9_000_000), why: "seen" };
    const { requests } = bench.operator.store;
    const find = requests.find.bind(requests);
    vi.spyOn(requests, "find").mockImplementationOnce(async (id) => {
      const request = await find(id);
      expect(request).toMatchObject({
        verb: "report",
        arguments: { what: "burned", venue: "binance", until: 9_000_000, why: "seen" },
      });
      return request && { ...request, answer: { isDone: true, text: "noted" } };
    });
    expect(await reportExit(bench.operator, "alice", report)).toEqual({ isDone: true, text: "noted" });
  });

  test("is refused at a venue where the account does not trade, and where it is not clear which is meant", async () => {
    const okx = { ...burned, venue: "okx" as VenueName };
    await expect(reportExit(bench.operator, "alice", okx)).rejects.toThrow(
      "alice does not trade at okx: it trades at binance.",
    );
    const plain = { allowedCountries: [], groupName: undefined, proxy: undefined };
    await addAccount(bench.operator, { name: "bob", venues: [], ...plain });
    await expect(reportExit(bench.operator, "bob", burned)).rejects.toThrow("bob may trade anywhere");
  });
});
