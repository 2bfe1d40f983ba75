import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { LauncherId } from "../../../../lib/domain/ids.ts";
import type { LeaseOwner } from "../../../../lib/domain/run/lease.ts";
import type { Run } from "../../../../lib/domain/run/run.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import {
  at,
  botSlot,
  collectorSlot,
  exitIp,
  leaseAccount,
  look,
  mustHold,
  mustTakeExit,
  register,
  sampleAccount,
  sampleOwner,
  sampleRun,
  storeAccount,
} from "../samples.ts";

const stopped = { at: at(9), by: "launcher", exitCode: 0, reason: "stopped by SIGTERM" } as const;

/** Asks for a bot's lease, for a run whose row begins with it. */
async function begin(store: Store, run: Run, more: Partial<Parameters<Store["leases"]["acquire"]>[0]> = {}) {
  if (run.unit.kind !== "bot") throw new Error("a bot's run");
  const { id: runId, launcherId } = run;
  const asked = { ...botSlot({ id: run.unit.accountId }), runId, launcherId };
  return await store.leases.acquire({
    ...asked,
    seen: undefined,
    settledEra: undefined,
    begins: run,
    ...more,
  });
}

async function aliceBegins(store: Store) {
  const { account, proxy } = await storeAccount(store, "alice");
  const owner = sampleOwner();
  await register(store, owner);
  const run = sampleRun(account, owner, { tier: "kernel", bypass: ["127.0.0.1:6379"] });
  return { account, proxy, owner, run };
}

const liveIds = async (store: Store) => (await store.runs.live()).map(({ run }) => run.id);

/** What a launcher does that gives everything back. */
const endOf = ({ launcherId }: LeaseOwner, run: Run) => ({
  ...stopped,
  givenBackBy: launcherId,
  told: {
    at: at(9),
    kind: "bot.stopped",
    severity: "info",
    actor: "system",
    host: "host-a",
    runId: run.id,
    message: "stopped by SIGTERM",
  } as const,
});

export function runLeaseContract(open: () => Promise<Store>): void {
  describe("a run that begins with its lease", () => {
    it("has both at once", async () => {
      const store = await open();
      const { account, owner, run } = await aliceBegins(store);
      const attempt = await begin(store, run);
      if (attempt.kind !== "held") throw new Error(attempt.kind);
      const { host, pid } = owner.launcher;
      expect(await store.runs.live()).toMatchObject([
        {
          run: { ...run, launcher: { host, pid } },
          lease: { ...botSlot(account), seen: { token: attempt.lease.token, renewals: 1 } },
        },
      ]);
    });

    it("has neither when another one holds the lease, or its launcher is not known", async () => {
      const store = await open();
      const { account, run } = await aliceBegins(store);
      const unknown = sampleRun(account, sampleOwner(randomUUID() as LauncherId));
      expect(await begin(store, unknown)).toEqual({ kind: "unregistered" });
      await begin(store, run);
      const other = sampleOwner();
      await register(store, other);
      expect(await begin(store, sampleRun(account, other))).toMatchObject({ kind: "busy" });
      expect(await liveIds(store)).toEqual([run.id]);
    });

    it("keeps its token and its row when it is sent again, whatever has been noted meanwhile", async () => {
      const store = await open();
      const { run } = await aliceBegins(store);
      const first = await begin(store, run);
      await store.runs.update(run.id, { phase: "proving" });
      expect(await begin(store, run)).toEqual(first);
      expect(await store.runs.live()).toMatchObject([{ run: { id: run.id, phase: "proving" } }]);
    });

    it("has its lease before its row when that was reserved for it", async () => {
      const store = await open();
      const { account, owner, run } = await aliceBegins(store);
      const reserved = await mustHold(store, { slot: botSlot(account), owner });
      expect(await liveIds(store)).toEqual([]);
      expect(await begin(store, run)).toEqual({ kind: "held", lease: reserved });
      expect(await liveIds(store)).toEqual([run.id]);
    });

    it("ends the row of the run that it takes the lease from, and the use of its exit", async () => {
      const store = await open();
      const { account, proxy, owner, run } = await aliceBegins(store);
      await begin(store, run);
      const use = { accountId: account.id, proxyId: proxy.id, venues: account.venues, runId: run.id };
      await store.runs.openExitUse({ ...use, exitIps: [exitIp("203.0.113.7")], from: at(1) });
      const seen = await look(store, botSlot(account));
      const next = sampleRun(account, sampleOwner(owner.launcherId));
      expect(await begin(store, next, { seen })).toMatchObject({ kind: "held" });
      expect(await liveIds(store)).toEqual([next.id]);
      const [used] = await store.runs.exitUses({ accountId: account.id, limit: 9 });
      expect(used?.until).toEqual(expect.any(Number));
    });

    it("leaves the other instances of its collector alone", async () => {
      const store = await open();
      const owner = sampleOwner();
      await register(store, owner);
      const unit = { kind: "collector", name: "ticks" } as const;
      const runs = [owner, sampleOwner(owner.launcherId)].map((each) =>
        sampleRun(sampleAccount("nobody"), each, { unit }),
      );
      for (const run of runs) {
        const slot = collectorSlot("ticks", run.id);
        const asked = { ...slot, runId: run.id, launcherId: run.launcherId };
        const attempt = await store.leases.acquire({
          ...asked,
          seen: undefined,
          settledEra: undefined,
          begins: run,
        });
        expect(attempt.kind).toBe("held");
      }
      expect((await liveIds(store)).toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
    });

    it("is over when its launcher never learned of it: what frees its lease ends its row", async () => {
      const store = await open();
      const { owner, run } = await aliceBegins(store);
      const attempt = await begin(store, run);
      if (attempt.kind !== "held") throw new Error(attempt.kind);
      expect(await store.launchers.tidy(owner.launcherId, [attempt.lease.token], [])).toBe(1);
      expect(await liveIds(store)).toEqual([]);
      expect(await store.runs.lastEnded()).toMatchObject([
        { id: run.id, phase: "ended", endedBy: "launcher" },
      ]);
    });

    it("keeps its row open for its own end when it was noted before its lease was freed so", async () => {
      const store = await open();
      const { owner, run } = await aliceBegins(store);
      const attempt = await begin(store, run);
      if (attempt.kind !== "held") throw new Error(attempt.kind);
      await store.runs.update(run.id, { phase: "proving" });
      await store.launchers.tidy(owner.launcherId, [attempt.lease.token], []);
      expect(await liveIds(store)).toEqual([run.id]);
    });
  });

  describe("a run that ends and gives its lease back", () => {
    it("is told, ended, off its exit and without lease at once", async () => {
      const store = await open();
      const { account, owner, exitRequest } = await leaseAccount(store, "alice");
      const run = sampleRun(account, owner);
      await begin(store, run);
      const request = exitRequest("203.0.113.7");
      await mustTakeExit(store, request);
      await store.runs.openExitUse({ ...request, from: at(1) });
      await store.runs.end(run.id, endOf(owner, run));
      expect(await store.runs.lastEnded()).toMatchObject([
        { id: run.id, endedAt: at(9), reason: stopped.reason },
      ]);
      expect(await store.runs.exitUses({ accountId: account.id, limit: 9 })).toMatchObject([
        { until: at(9) },
      ]);
      expect(await store.history.list({ limit: 9 })).toMatchObject([{ runId: run.id, kind: "bot.stopped" }]);
      expect(await store.leases.holders([botSlot(account).unitKey])).toEqual(new Map());
      const bob = await leaseAccount(store, "bob");
      await mustTakeExit(store, bob.exitRequest("203.0.113.7"));
    });

    it("gives back no lease of another launcher, and none where it is not said", async () => {
      const store = await open();
      const { account, owner } = await leaseAccount(store, "alice");
      const run = sampleRun(account, owner);
      await begin(store, run);
      await store.runs.end(run.id, endOf(sampleOwner(), run));
      await store.runs.end(run.id, stopped);
      expect((await store.leases.holders([botSlot(account).unitKey])).size).toBe(1);
    });

    it("keeps the first end, gives the lease back and is told all the same", async () => {
      const store = await open();
      const { account, owner } = await leaseAccount(store, "alice");
      const run = sampleRun(account, owner);
      await begin(store, run);
      await store.runs.end(run.id, { ...stopped, by: "bot", exitCode: 3 });
      await store.runs.end(run.id, endOf(owner, run));
      expect(await store.runs.lastEnded()).toMatchObject([{ endedBy: "bot", exitCode: 3 }]);
      expect((await store.leases.holders([botSlot(account).unitKey])).size).toBe(0);
      expect(await store.history.list({ limit: 9 })).toHaveLength(1);
    });

    it("is told once when its end is sent twice", async () => {
      const store = await open();
      const { account, owner } = await leaseAccount(store, "alice");
      const run = sampleRun(account, owner);
      await begin(store, run);
      await store.runs.end(run.id, endOf(owner, run));
      await store.runs.end(run.id, endOf(owner, run));
      expect(await store.history.list({ limit: 9 })).toHaveLength(1);
      const other = await leaseAccount(store, "bob");
      const taken = sampleRun(other.account, other.owner);
      await begin(store, taken);
      await store.runs.end(taken.id, { ...stopped, reason: "another run took its lease" });
      await store.runs.end(taken.id, endOf(other.owner, taken));
      await store.runs.end(taken.id, endOf(other.owner, taken));
      expect(await store.history.list({ limit: 9 })).toHaveLength(2);
    });

    it("is ended although its reason holds what no database can keep as text", async () => {
      const store = await open();
      const { account, owner } = await leaseAccount(store, "alice");
      const run = sampleRun(account, owner);
      await begin(store, run);
      await store.runs.end(run.id, { ...endOf(owner, run), reason: "a zero \0, half a pair \ud800" });
      expect((await store.leases.holders([botSlot(account).unitKey])).size).toBe(0);
      expect((await store.runs.lastEnded())[0]?.reason).toMatch(/^a zero /);
    });
  });
}
