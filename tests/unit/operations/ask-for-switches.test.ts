import { beforeEach, describe, expect, test, vi } from "vitest";
import type { VenueName } from "../../../lib/domain/account.ts";
import { botKey } from "../../../lib/domain/run/unit-key.ts";
import { instant } from "../../../lib/domain/time.ts";
import { addAccount } from "../../../lib/operations/accounts/add-account.ts";
import { setProxyActive } from "../../../lib/operations/proxies/change-proxy.ts";
import { reportExit } from "../../../lib/operations/requests/report-exit.ts";
import { rotateAccount } from "../../../lib/operations/units/rotate-account.ts";
import { assignNewProxy, runThrough } from "../../support/operator/alice-on-proxies.ts";
import { fakeReach } from "../../support/operator/fake-reach.ts";
import { type OperatorBench, operatorBench } from "../../support/operator/operator-bench.ts";

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
