import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Account } from "../../../../lib/domain/account.ts";
import type { RunId } from "../../../../lib/domain/ids.ts";
import type { Incident } from "../../../../lib/domain/reputation/incident.ts";
import type { SwitchDecision, SwitchFacts, SwitchRequest } from "../../../../lib/domain/reputation/switch.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { PermitId, SwitchClaim } from "../../../../lib/ports/store/reputation/switch-store.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import { sampleProcess } from "../../../support/sample-facts.ts";
import {
  botSlot,
  collectorSlot,
  exitIp,
  leaseAccount,
  mustHold,
  mustTakeExit,
  sampleOwner,
  storeAccount,
  venue,
} from "../samples.ts";
import { sampleEvidence } from "./evidence.contract.ts";

const windows = { dayMs: 86_400_000, fleetWindowMs: 60_000, guardWindowMs: 15_000 };
const minute = 60_000;

/** A wish of the account to leave a burned exit. */
export function switchClaim(
  { id: accountId }: Pick<Account, "id">,
  change: Partial<Extract<SwitchRequest, { readonly kind: "planned" }>> = {},
): SwitchClaim {
  const request: SwitchRequest = {
    accountId,
    runId: randomUUID() as RunId,
    venues: [venue("binance")],
    provider: undefined,
    exitKey: "203.0.113.7",
    hostKey: "host-a",
    kind: "planned",
    cause: "burned",
    ...change,
  };
  return { id: randomUUID() as PermitId, request, windows };
}

const granted = (delayMs = 0): SwitchDecision => ({ kind: "granted", delayMs, incidents: [] });
const refused = (incidents: readonly Incident[] = []): SwitchDecision => ({
  kind: "refused",
  because: "account_budget",
  untilAt: instant(0),
  why: "Enough for today.",
  incidents,
});

/** Lets through as many as the budget has; the smallest rule that two who claim at once can break. */
export function atMost(count: number): (facts: SwitchFacts) => SwitchDecision {
  return ({ ofAccount }) => (ofAccount.length < count ? granted() : refused());
}

async function running(store: Store, name: string, ip: string, change: Partial<Account> = {}) {
  const leased = await leaseAccount(store, name, { venues: [venue("binance")], ...change });
  await mustTakeExit(store, leased.exitRequest(ip));
  return leased;
}

const ask = async (store: Store, claim: SwitchClaim) =>
  (await store.switches.claim(claim, () => refused())).facts;

export function switchContract(open: () => Promise<Store>): void {
  describe("claims of switches", () => {
    it("are counted for the account and for the fleet from when they may begin, and a refused one is not", async () => {
      const store = await open();
      const [alice, bob] = [await leaseAccount(store, "alice"), await leaseAccount(store, "bob")];
      const first = await store.switches.claim(switchClaim(alice.account), () => granted(5 * minute));
      expect(first.facts).toMatchObject({ ofAccount: [], ofFleet: [], runningAccounts: 2 });
      expect(Math.abs(first.facts.now - Date.now())).toBeLessThan(minute);
      expect(await store.switches.claim(switchClaim(alice.account), atMost(1))).toMatchObject({
        decision: { kind: "refused", because: "account_budget" },
        facts: { ofAccount: [{ accountId: alice.account.id, kind: "planned", cause: "burned" }] },
      });
      await store.switches.claim(switchClaim(bob.account), () => granted(-2 * minute));
      const facts = await ask(store, switchClaim(bob.account));
      const at = instant(first.facts.now + 5 * minute);
      expect(facts.ofFleet).toEqual([{ accountId: alice.account.id, kind: "planned", cause: "burned", at }]);
      expect(facts.ofAccount).toHaveLength(1);
    });

    it("say when they are done, and only once", async () => {
      const store = await open();
      const { account } = await leaseAccount(store, "alice");
      const claim = switchClaim(account);
      await store.switches.claim(claim, () => granted());
      await store.switches.finish(claim.id, "failed");
      await store.switches.finish(claim.id, "done");
      expect((await ask(store, switchClaim(account))).ofAccount).toHaveLength(1);
    });

    it("see who fails at the venue: each account once, on the exit where it failed last, within the window", async () => {
      const store = await open();
      const alice = await running(store, "alice", "203.0.113.1");
      const bob = await running(store, "bob", "203.0.113.2");
      await running(store, "carol", "203.0.113.3", { venues: [venue("okx")] });
      const dora = await running(store, "dora", "203.0.113.4", { venues: [venue("any")] });
      const erin = await running(store, "erin", "203.0.113.5", { venues: [venue("any")] });
      const seen = (accountId: Account["id"], ip: string) =>
        sampleEvidence({ accountId, exitIp: exitIp(ip) });
      await store.evidence.append([seen(alice.account.id, "203.0.113.9")]);
      await store.evidence.append([
        { ...seen(alice.account.id, "203.0.113.1"), provider: "webshare" },
        seen(bob.account.id, "203.0.113.2"),
        { ...seen(dora.account.id, "203.0.113.4"), isFailure: false, kind: "ok" },
        { ...seen(bob.account.id, "203.0.113.2"), venue: venue("okx") },
        { ...seen(bob.account.id, "203.0.113.2"), accountId: undefined },
        { ...seen(dora.account.id, "203.0.113.4"), kind: "connect_failed" },
        { ...seen(erin.account.id, "203.0.113.5"), isFailure: false, kind: "ok", venue: venue("okx") },
      ]);
      const { guard } = await ask(store, switchClaim(alice.account));
      expect(guard.venues).toEqual([
        { name: "binance", running: 3, exits: 3, failing: expect.arrayContaining([]) },
      ]);
      const failing = guard.venues[0]?.failing ?? [];
      expect(new Map(failing.map(({ accountId, exitKey }) => [accountId, exitKey]))).toEqual(
        new Map([
          [alice.account.id, "203.0.113.1"],
          [bob.account.id, "203.0.113.2"],
        ]),
      );
      const any = await ask(store, switchClaim(dora.account, { venues: [venue("any")] }));
      expect(any.guard.venues.map(({ name }) => name)).toEqual(["binance", "okx"]);
      const late = { ...switchClaim(alice.account), windows: { ...windows, guardWindowMs: 0 } };
      expect((await ask(store, late)).guard.venues).toEqual([]);
    });

    it("count an account once whose failures came in the same moment, on the exit of the one stored last", async () => {
      const store = await open();
      const alice = await running(store, "alice", "203.0.113.1");
      const seen = (ip: string, provider: string) =>
        sampleEvidence({ accountId: alice.account.id, exitIp: exitIp(ip), provider });
      const first = seen("203.0.113.1", "asocks");
      const second = seen("203.0.113.2", "webshare");
      const third = seen("203.0.113.3", "asocks");
      for (const batch of [
        [first, second],
        [second, first],
        [third, second, first, second, first],
        [first, second],
        [first, third, second],
        [first, third],
      ]) {
        await store.evidence.append(batch);
        const { guard } = await ask(store, switchClaim(alice.account));
        const exitKey = batch.at(-1)?.exitIp;
        expect(guard.venues).toMatchObject([
          { name: "binance", failing: [{ accountId: alice.account.id, exitKey }] },
        ]);
        expect(guard.venues[0]?.failing).toHaveLength(1);
      }
    });

    it("count whoever runs a bot, also on a proxy of no vendor, and neither collectors nor those that are to end", async () => {
      const store = await open();
      const [alice, bob] = [await running(store, "alice", "203.0.113.1"), await leaseAccount(store, "bob")];
      await mustHold(store, { slot: collectorSlot("ticks"), owner: sampleOwner() });
      await leaseAccount(store, "carol");
      await store.leases.revoke(botSlot(bob.account));
      expect((await ask(store, switchClaim(alice.account))).runningAccounts).toBe(2);
    });

    it("see of a host what its own launchers hold since it started, and nothing of another one", async () => {
      const store = await open();
      const alice = await running(store, "alice", "203.0.113.1");
      for (const [n, place] of [{ bootId: "boot-b" }, { machineId: "machine-b" }, {}].entries()) {
        const { account, proxy } = await storeAccount(store, `bob-${n}`);
        const owner = { ...sampleOwner(), launcher: sampleProcess(place) };
        await mustHold(store, { slot: botSlot(account), owner });
        const of = { accountId: account.id, proxyId: proxy.id, runId: owner.runId, venues: account.venues };
        const exitIps = [exitIp(`198.51.100.${n}`)] as const;
        await mustTakeExit(store, {
          ...of,
          exitIps,
          groupName: undefined,
          seen: new Map(),
          settledEra: undefined,
        });
      }
      const { guard } = await ask(store, switchClaim(alice.account, { runId: alice.owner.runId }));
      expect(guard.host.vendors).toMatchObject([{ name: "", running: 2, exits: 2 }]);
    });

    it("see which vendor's proxies fail, everywhere and as this host sees them", async () => {
      const store = await open();
      const alice = await running(store, "alice", "203.0.113.1");
      const bob = await running(store, "bob", "203.0.113.2");
      const carol = await running(store, "carol", "203.0.113.3");
      await store.proxies.update(alice.proxy.id, { provider: "webshare" });
      await store.proxies.update(bob.proxy.id, { provider: "webshare" });
      const failed = (accountId: Account["id"], hostKey: string, provider: string | undefined) =>
        sampleEvidence({ accountId, hostKey, provider, kind: "connect_failed", venue: undefined });
      await store.evidence.append([
        failed(alice.account.id, "host-a", "webshare"),
        failed(bob.account.id, "host-b", "webshare"),
        failed(carol.account.id, "host-a", undefined),
        sampleEvidence({ accountId: bob.account.id, provider: "webshare" }),
      ]);
      const { runId } = alice.owner;
      const elsewhere = await ask(store, switchClaim(alice.account, { provider: "brightdata", runId }));
      expect(elsewhere.guard.vendors).toEqual([]);
      const { guard } = await ask(store, switchClaim(alice.account, { provider: "webshare", runId }));
      expect(guard.vendors).toMatchObject([{ name: "webshare", running: 2, exits: 2 }]);
      expect(guard.vendors[0]?.failing).toHaveLength(2);
      expect(guard.host).toMatchObject({
        hostKey: "host-a",
        vendors: [
          { name: "", running: 1, failing: [{ accountId: carol.account.id, exitKey: "" }] },
          { name: "webshare", running: 2, failing: [{ accountId: alice.account.id }] },
        ],
      });
    });

    it("keep the incidents that they saw, and say which nobody had seen before", async () => {
      const store = await open();
      const { account } = await leaseAccount(store, "alice");
      const now = Date.now();
      const incident: Incident = {
        kind: "venue",
        name: "binance",
        since: instant(now),
        untilAt: instant(now + minute),
        why: "All fail.",
      };
      const claim = () => store.switches.claim(switchClaim(account), () => refused([incident]));
      expect((await claim()).opened).toEqual([incident]);
      const again = await claim();
      expect([again.opened, again.facts.guard.open]).toEqual([[], [incident]]);
      const over: Incident = { ...incident, kind: "vendor", name: "webshare", untilAt: instant(now - 1) };
      await store.switches.claim(switchClaim(account), () => refused([over]));
      expect((await ask(store, switchClaim(account))).guard.open).toEqual([incident]);
    });

    it("are taken back with the transaction that they are part of", async () => {
      const store = await open();
      const { account } = await leaseAccount(store, "alice");
      const undone = store.transaction(async (inner) => {
        await inner.switches.claim(switchClaim(account), () => granted());
        throw new Error("no");
      });
      await expect(undone).rejects.toThrow("no");
      expect((await ask(store, switchClaim(account))).ofAccount).toEqual([]);
    });
  });
}
