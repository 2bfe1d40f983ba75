import { describe, expect, it } from "vitest";
import type { Run } from "../../../lib/domain/run/run.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import {
  at,
  botSlot,
  exitIp,
  leaseAccount,
  look,
  mustHold,
  sampleAccount,
  sampleOwner,
  sampleProxy,
  sampleRun,
  storeAccount,
  venue,
} from "./samples.ts";

const ended = { at: at(9), by: "bot", exitCode: 3, reason: "crashed" } as const;

export function runContract(open: () => Promise<Store>): void {
  describe("runs", () => {
    it("a live run comes back as it was stored and changed, with its lease", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const run = sampleRun(alice.account, alice.owner);
      await store.runs.begin(run);
      const change = {
        phase: "running",
        reason: "proven",
        waitsUntil: at(9),
        tier: "preload",
        proxyId: alice.proxy.id,
        proxyLabel: "alice-1",
        exitIp: exitIp("203.0.113.7"),
        exitReach: "lab",
        exitProvenAt: at(5),
        country: "DE",
        pid: 77,
        pidStartTicks: 9_000_000_123,
        processStartedAt: at(6),
        restarts: 2,
        lastRestartReason: "exit 1",
        lastRestartCause: "crash",
        heartbeatAt: at(7),
        bypass: ["127.0.0.1:6379"],
      } as const;
      await store.runs.update(run.id, change);
      const [live, ...others] = await store.runs.live();
      expect(others).toEqual([]);
      const { host, pid } = alice.owner.launcher;
      expect(live).toEqual({
        run: { ...run, ...change, launcher: { host, pid } },
        launcher: alice.owner.launcher,
        keyIds: ["0badcafe"],
        lease: { ...botSlot(alice.account), seen: { token: alice.lease.token, renewals: 1 } },
        ttlMs: 15_000,
        sinceRenewedMs: expect.any(Number),
      });
    });

    it("a run without its lease row is listed and said to hold none", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      await store.runs.begin(sampleRun(alice.account, alice.owner));
      await store.leases.release(alice.owner.runId, alice.owner.launcherId);
      expect(await store.runs.live()).toMatchObject([{ lease: undefined, launcher: alice.owner.launcher }]);
    });

    it("a run whose launcher is no longer known is listed without it", async () => {
      const store = await open();
      await store.runs.begin(sampleRun(sampleAccount("alice")));
      expect(await store.runs.live()).toMatchObject([
        { launcher: undefined, keyIds: [], lease: undefined, sinceRenewedMs: undefined, ttlMs: undefined },
      ]);
    });

    it("the first end of a run stands", async () => {
      const store = await open();
      const run = sampleRun(sampleAccount("alice"));
      await store.runs.begin(run);
      await store.runs.end(run.id, ended);
      await store.runs.end(run.id, { ...ended, by: "launcher", exitCode: 0 });
      expect(await store.runs.live()).toEqual([]);
      const wanted: Partial<Run> = {
        phase: "ended",
        endedBy: "bot",
        exitCode: 3,
        endedAt: at(9),
        reason: "crashed",
      };
      const { host, pid } = run.launcher;
      expect(await store.runs.lastEnded()).toEqual([{ ...run, ...wanted, launcher: { host, pid } }]);
    });

    it("a run that takes the lease ends the rows of those before it, started or not, and of no other unit", async () => {
      const store = await open();
      const { account, owner } = await leaseAccount(store, "alice");
      const lost = sampleRun(account, owner, { phase: "running" });
      const older = sampleRun(account, sampleOwner(), { phase: "backing_off" });
      const killed = sampleRun(account, sampleOwner(), { phase: "starting" });
      const bob = await leaseAccount(store, "bob");
      const other = sampleRun(bob.account, bob.owner, { phase: "running" });
      const nextOwner = sampleOwner();
      const taker = sampleRun(account, nextOwner, { phase: "starting" });
      for (const run of [lost, older, killed, other, taker]) await store.runs.begin(run);
      const slot = botSlot(account);
      const seen = await look(store, slot);
      expect((await store.runs.live()).map(({ run }) => run.id)).toHaveLength(5);
      await mustHold(store, { slot, owner: nextOwner, seen });
      expect((await store.runs.live()).map(({ run }) => run.id).toSorted()).toEqual(
        [other.id, taker.id].toSorted(),
      );
      await store.runs.end(taker.id, { ...ended, exitCode: undefined });
      expect(await store.runs.lastEnded()).toMatchObject([{ unit: { name: "alice" }, exitCode: undefined }]);
    });

    it("the last ended run is listed only for units that have no live one", async () => {
      const store = await open();
      const alice = sampleAccount("alice");
      const bob = sampleAccount("bob");
      const collector = { unit: { kind: "collector", name: "funding" } } as const;
      const runs = [
        sampleRun(alice, sampleOwner(), { startedAt: at(1) }),
        sampleRun(alice, sampleOwner(), { startedAt: at(2) }),
        sampleRun(bob),
        sampleRun(bob, sampleOwner(), { startedAt: at(3) }),
        sampleRun(alice, sampleOwner(), collector),
      ] as const;
      for (const run of runs) await store.runs.begin(run);
      for (const run of [runs[0], runs[1], runs[2], runs[4]]) await store.runs.end(run.id, ended);
      expect((await store.runs.lastEnded()).map(({ id }) => id)).toEqual([runs[1].id, runs[4].id]);
      expect((await store.runs.live()).map(({ run }) => run.id)).toEqual([runs[3].id]);
    });
  });

  describe("the uses of exits", () => {
    it("tell who left by what and when, by account, by proxy or exit, and at a moment", async () => {
      const store = await open();
      const alice = await storeAccount(store, "alice", { venues: [venue("okx"), venue("binance")] });
      const bob = await storeAccount(store, "bob", { venues: [venue("binance")] });
      const used = async ({ account, proxy }: typeof alice, ip: string, from: number, until?: number) => {
        const run = sampleRun(account);
        await store.runs.begin(run);
        const of = { accountId: account.id, proxyId: proxy.id, venues: account.venues, runId: run.id };
        await store.runs.openExitUse({ ...of, exitIps: [exitIp(ip)], from: at(from) });
        if (until !== undefined) await store.runs.closeExitUse(run.id, at(until));
        return run.id;
      };
      const first = await used(alice, "203.0.113.7", 10, 20);
      const second = await used(bob, "203.0.113.7", 20, 30);
      const third = await used(alice, "203.0.113.8", 30);
      const runsOf = async (filter: Parameters<Store["runs"]["exitUses"]>[0]) =>
        (await store.runs.exitUses(filter)).map(({ runId }) => runId);
      const accountId = alice.account.id;
      expect(await runsOf({ limit: 9 })).toEqual([third, second, first]);
      expect(await runsOf({ accountId, limit: 1 })).toEqual([third]);
      expect(await runsOf({ proxyId: alice.proxy.id, limit: 9 })).toEqual([third, first]);
      expect(await runsOf({ exitKey: "203.0.113.7", limit: 9 })).toEqual([second, first]);
      const either = { proxyId: alice.proxy.id, exitKey: "203.0.113.7", limit: 9 };
      expect(await runsOf(either)).toEqual([third, second, first]);
      expect(await runsOf({ accountId, at: at(20), limit: 9 })).toEqual([]);
      expect(await runsOf({ accountId, at: at(19), limit: 9 })).toEqual([first]);
      expect(await runsOf({ at: at(20), limit: 9 })).toEqual([second]);
      expect(await runsOf({ at: at(99), limit: 9 })).toEqual([third]);
      expect(await runsOf({ since: at(20), limit: 9 })).toEqual([third, second]);
      await store.proxies.remove(alice.proxy.id);
      await store.accounts.remove(accountId);
      await store.runs.end(third, { ...ended, at: at(40) });
      const told = { accountId, accountName: "alice", proxyId: alice.proxy.id, proxyLabel: undefined };
      expect(await store.runs.exitUses({ at: at(35), limit: 9 })).toEqual([
        {
          ...told,
          exitIp: "203.0.113.8",
          venues: ["binance", "okx"],
          runId: third,
          from: at(30),
          until: at(40),
        },
      ]);
    });
  });

  describe("history", () => {
    it("events are found from a moment and behind a number on", async () => {
      const store = await open();
      const event = { kind: "k", severity: "info", actor: "system", host: "h" } as const;
      for (const ms of [1, 2, 3]) await store.history.append({ ...event, at: at(ms), message: `m${ms}` });
      const found = async (filter: Parameters<Store["history"]["list"]>[0]) =>
        (await store.history.list(filter)).map(({ message }) => message);
      expect(await found({ since: at(2), limit: 9 })).toEqual(["m3", "m2"]);
      expect(await found({ since: at(2), until: at(2) })).toEqual(["m2"]);
      expect(await found({ until: at(2) })).toEqual(["m2", "m1"]);
      expect(await found({ kind: "k", limit: 1 })).toEqual(["m3"]);
      expect(await found({ kind: "other", limit: 9 })).toEqual([]);
      const [newest, before] = await store.history.list({ limit: 2 });
      expect(await found({ afterId: before?.id, limit: 9 })).toEqual(["m3"]);
      expect(await found({ afterId: newest?.id, limit: 9 })).toEqual([]);
    });

    it("events come back newest first, for one account when asked", async () => {
      const store = await open();
      const account = sampleAccount("alice");
      await store.accounts.create(account);
      const event = {
        at: at(0),
        kind: "proxy.added",
        severity: "info",
        actor: "user:ops",
        host: "host-a",
      } as const;
      const proxyId = sampleProxy("x").id;
      const first = { ...event, message: "one", accountId: account.id, proxyId, evidence: { list: [1] } };
      await store.history.append(first);
      await store.history.append({ ...event, message: "two" });
      const [two, one] = await store.history.list({ limit: 10 });
      expect(two).toMatchObject({ message: "two", at: at(0) });
      expect(one).toMatchObject(first);
      expect(await store.history.list({ limit: 1 })).toHaveLength(1);
      expect(await store.history.list({ unitName: "alice", limit: 10 })).toMatchObject([{ message: "one" }]);
    });

    it("an event of a collector's run is found by the collector's name, and each event tells whose it is", async () => {
      const store = await open();
      const account = sampleAccount("alice");
      await store.accounts.create(account);
      const run = sampleRun(account, sampleOwner(), { unit: { kind: "collector", name: "ticks" } });
      await store.runs.begin(run);
      const event = { at: at(0), kind: "x.y", severity: "info", actor: "system", host: "host-a" } as const;
      await store.history.appendMany([
        { ...event, message: "own", runId: run.id },
        { ...event, message: "alice's", accountId: account.id, runId: run.id },
        { ...event, message: "nobody's" },
        { ...event, message: "before any run", collectorName: "depth" },
      ]);
      const told = await store.history.list({ limit: 10 });
      expect(told.map(({ unitName }) => unitName)).toEqual(["depth", undefined, "alice", "ticks"]);
      expect(await store.history.list({ unitName: "depth", unitKind: "collector" })).toMatchObject([
        { message: "before any run" },
      ]);
      expect(await store.history.list({ unitName: "ticks" })).toMatchObject([{ message: "own" }]);
      // A bot and a collector may have one name.
      const namesake = { ...sampleAccount("bob"), name: "ticks" };
      await store.accounts.create(namesake);
      await store.history.append({ ...event, message: "the bot's", accountId: namesake.id });
      const ofTicks = async (unitKind: "bot" | "collector" | undefined) =>
        (await store.history.list({ unitName: "ticks", unitKind })).map(({ message }) => message);
      expect(await ofTicks(undefined)).toEqual(["the bot's", "own"]);
      expect([await ofTicks("bot"), await ofTicks("collector")]).toEqual([["the bot's"], ["own"]]);
    });

    it("many events at once keep their order and their account's name", async () => {
      const store = await open();
      const account = sampleAccount("alice");
      await store.accounts.create(account);
      const event = {
        at: at(0),
        kind: "proxy.added",
        severity: "info",
        actor: "user:ops",
        host: "host-a",
      } as const;
      const own = { ...event, message: "two", accountId: account.id, evidence: { list: [1] } };
      await store.history.appendMany([{ ...event, message: "one" }, own]);
      await store.history.appendMany([]);
      expect(await store.history.list({ limit: 10 })).toMatchObject([own, { message: "one" }]);
      expect(await store.history.list({ unitName: "alice", limit: 10 })).toMatchObject([{ message: "two" }]);
    });

    it("what no database can hold as text keeps no event from being stored, nor others of its batch", async () => {
      const store = await open();
      const event = { at: at(0), kind: "k", severity: "info", actor: "system", host: "h" } as const;
      await store.history.append({ ...event, message: "a zero \0", evidence: { text: "\0" } });
      await store.history.appendMany([
        { ...event, message: "half a pair \ud800" },
        { ...event, message: "plain" },
      ]);
      const stored = await store.history.list({ limit: 9 });
      expect(stored.map(({ message }) => message.slice(0, 6))).toEqual(["plain", "half a", "a zero"]);
    });

    it("the history of a removed account stays", async () => {
      const store = await open();
      const account = sampleAccount("alice");
      await store.accounts.create(account);
      const event = {
        at: at(0),
        kind: "account.added",
        severity: "info",
        actor: "system",
        host: "h",
      } as const;
      await store.history.append({ ...event, message: "m", accountId: account.id });
      await store.accounts.remove(account.id);
      expect(await store.history.list({ unitName: "alice", limit: 10 })).toHaveLength(1);
    });
  });
}
