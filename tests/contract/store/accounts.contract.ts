import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { CountryCode } from "../../../lib/domain/account.ts";
import type { AccountId, AssignmentId, ProxyId } from "../../../lib/domain/ids.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { Change } from "../../../lib/domain/verdict/change.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { sampleReputation, turned } from "./reputation/reputations.contract.ts";
import {
  at,
  exitIp,
  leaseAccount,
  mustTakeExit,
  sampleAccount,
  sampleProxy,
  sampleRun,
  storeAccount,
  venue,
} from "./samples.ts";

const newId = () => randomUUID() as AssignmentId;

export function accountContract(open: () => Promise<Store>): void {
  describe("accounts", () => {
    it("an account comes back as it was stored", async () => {
      const store = await open();
      const account = sampleAccount("alice", {
        venues: [venue("binance"), venue("okx")],
        allowedCountries: ["DE", "GB"] as CountryCode[],
        groupName: "family",
        hold: { by: "user:ops", why: "audit" },
      });
      await store.accounts.create(account);
      expect(await store.accounts.find("alice")).toEqual(account);
      expect(await store.accounts.find("Alice")).toBeUndefined();
      expect(await store.accounts.idsOf(["bob", "alice", "Alice"])).toEqual(new Map([["alice", account.id]]));
      expect(await store.accounts.idsOf([])).toEqual(new Map());
    });

    it("a taken account name is refused with the name", async () => {
      const store = await open();
      await store.accounts.create(sampleAccount("alice"));
      const error = { code: "LAUNCH_ALREADY_EXISTS", message: 'An account named "alice" exists already.' };
      await expect(store.accounts.create(sampleAccount("alice"))).rejects.toMatchObject(error);
    });

    it("accounts are listed in the order of their names", async () => {
      const store = await open();
      for (const name of ["bob", "Zoe", "alice"]) await store.accounts.create(sampleAccount(name));
      expect((await store.accounts.list()).map(({ name }) => name)).toEqual(["Zoe", "alice", "bob"]);
    });

    it("accounts and proxies are found by names that differ from theirs at most in case", async () => {
      const store = await open();
      for (const name of ["Ivan", "ivan", "ivan-1", "zoe"]) await storeAccount(store, name);
      expect(await store.accounts.namesLike(["IVAN", "nobody"])).toEqual(["Ivan", "ivan"]);
      expect(await store.accounts.namesLike([])).toEqual([]);
      for (const label of ["FRA-I", "fra-i", "fra-2"]) await store.proxies.create(sampleProxy(label));
      expect(await store.proxies.labelsLike(["Fra-I", "FRA-3"])).toEqual(["FRA-I", "fra-i"]);
    });

    it("an update changes what it names and takes back what it names as undefined", async () => {
      const store = await open();
      const account = sampleAccount("alice", { groupName: "family", hold: { by: "user:ops", why: "audit" } });
      await store.accounts.create(account);
      await store.accounts.update(account.id, { hold: undefined, venues: [venue("okx")] });
      await store.accounts.update(account.id, {});
      expect(await store.accounts.find("alice")).toEqual({ ...account, hold: undefined, venues: ["okx"] });
    });

    it("those that are held, and those whose exit a venue of theirs asks for a pause, are told in one answer", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice", { venues: [venue("binance")] });
      await storeAccount(store, "bob");
      await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      const soon = instant(Date.now() + 3_600_000);
      const asked = (at: string, untilAt = soon) =>
        turned(sampleReputation({ venue: venue(at), state: "limited", untilAt }));
      await store.apply([asked("kraken"), asked("binance", instant(1))]);
      const carol = await leaseAccount(store, "carol", { venues: [venue("any")] });
      expect(await store.accounts.standings()).toEqual(new Map());
      const elsewhere = sampleReputation({ exitIp: exitIp("203.0.113.9"), untilAt: soon });
      await mustTakeExit(store, carol.exitRequest("203.0.113.9"));
      await store.apply([turned(elsewhere)]);
      const waits = { isHeld: false, waitsUntil: soon };
      expect(await store.accounts.standings()).toEqual(new Map([[carol.account.id, waits]]));
      await store.leases.release(carol.owner.runId, carol.owner.launcherId);
      const over = { state: "limited", failures: 1, untilAt: instant(1) } as const;
      await store.apply([{ ...asked("binance"), expected: over } as Change]);
      const { id } = alice.account;
      expect(await store.accounts.standings()).toEqual(new Map([[id, { isHeld: false, waitsUntil: soon }]]));
      await store.accounts.update(id, { hold: { by: "maria", why: "moving" } });
      expect(await store.accounts.standings()).toEqual(new Map([[id, { isHeld: true, waitsUntil: soon }]]));
      await store.leases.release(alice.owner.runId, alice.owner.launcherId);
      const held = { isHeld: true, waitsUntil: undefined };
      expect(await store.accounts.standings()).toEqual(new Map([[id, held]]));
    });

    it("an account of which no run is known is told with the proxy that is first in its order", async () => {
      const store = await open();
      expect(await store.accounts.neverRun()).toEqual([]);
      const { account, proxy } = await storeAccount(store, "alice");
      const bob = await storeAccount(store, "bob");
      const { id, name } = account;
      const unused = { id, name, proxyLabel: proxy.label, expectedIp: proxy.expectedIp };
      expect((await store.accounts.neverRun()).map((each) => each.name)).toEqual(["alice", "bob"]);
      expect(await store.accounts.neverRun()).toContainEqual(unused);
      await store.accounts.unassign(bob.account.id, bob.proxy.id);
      expect((await store.accounts.neverRun())[1]).toMatchObject({ proxyLabel: undefined });
      const run = sampleRun(account);
      await store.runs.begin(run);
      expect((await store.accounts.neverRun()).map((each) => each.name)).toEqual(["bob"]);
    });

    it("removing an account removes its assignments and no proxy", async () => {
      const store = await open();
      const { account, proxy } = await storeAccount(store, "alice");
      await store.accounts.remove(account.id);
      expect(await store.accounts.find("alice")).toBeUndefined();
      expect(await store.accounts.assignments()).toEqual([]);
      expect(await store.proxies.find(proxy.label)).toMatchObject({ id: proxy.id });
    });
  });

  describe("assignments", () => {
    it("a new assignment stands by without a mark on it", async () => {
      const store = await open();
      const { account, proxy, assignment } = await storeAccount(store, "alice");
      expect(assignment).toEqual({
        id: assignment.id,
        accountId: account.id,
        proxyId: proxy.id,
        priority: 1,
        status: "standby",
        lastCheckedAt: undefined,
        failures: 0,
        cooldownUntil: undefined,
        lastLeasedAt: undefined,
      });
      expect(await store.accounts.assignments({ accountId: account.id })).toEqual([assignment]);
    });

    it("assigning again gives the new priority, keeps the id and ends only the disabled state", async () => {
      const store = await open();
      const { account, proxy, assignment } = await storeAccount(store, "alice");
      const again = { id: newId(), accountId: account.id, proxyId: proxy.id };
      await store.accounts.updateAssignment(assignment.id, { status: "disabled", failures: 2 });
      expect(await store.accounts.assign({ ...again, priority: 5 })).toMatchObject({
        id: assignment.id,
        priority: 5,
        status: "standby",
        failures: 2,
      });
      await store.accounts.updateAssignment(assignment.id, { status: "cooling", cooldownUntil: at(5) });
      expect(await store.accounts.assign({ ...again, priority: 6 })).toMatchObject({ status: "cooling" });
    });

    it("many assignments at once are created, and those that are there stay as they are", async () => {
      const store = await open();
      const { account, proxy, assignment } = await storeAccount(store, "alice");
      const other = sampleProxy("other");
      await store.proxies.create(other);
      await store.accounts.updateAssignment(assignment.id, { status: "disabled" });
      const wish = (proxyId: ProxyId, priority: number) => ({
        id: randomUUID() as AssignmentId,
        accountId: account.id,
        proxyId,
        priority,
      });
      await store.accounts.assignMany([wish(proxy.id, 7), wish(other.id, 8)]);
      await store.accounts.assignMany([]);
      expect(await store.accounts.assignments()).toMatchObject([
        { id: assignment.id, status: "disabled", priority: assignment.priority },
        { proxyId: other.id, status: "standby", priority: 8 },
      ]);
      const missing = wish(randomUUID() as ProxyId, 1);
      await expect(store.accounts.assignMany([missing])).rejects.toMatchObject({
        code: "LAUNCH_UNKNOWN_PROXY",
      });
    });

    it("an assignment's facts are changed one by one and taken back", async () => {
      const store = await open();
      const { account, assignment } = await storeAccount(store, "alice");
      const facts = { failures: 3, cooldownUntil: at(60_001), lastCheckedAt: at(1), lastLeasedAt: at(2) };
      await store.accounts.updateAssignment(assignment.id, { status: "burned", ...facts });
      await store.accounts.updateAssignment(assignment.id, { cooldownUntil: undefined });
      const [stored] = await store.accounts.assignments({ accountId: account.id });
      expect(stored).toEqual({ ...assignment, ...facts, status: "burned", cooldownUntil: undefined });
    });

    it("assigning to a removed account or proxy says which is gone", async () => {
      const store = await open();
      const { account, proxy } = await storeAccount(store, "alice");
      const gone = randomUUID();
      const wish = { id: newId(), accountId: account.id, proxyId: proxy.id, priority: 1 };
      await expect(store.accounts.assign({ ...wish, accountId: gone as AccountId })).rejects.toMatchObject({
        code: "LAUNCH_UNKNOWN_ACCOUNT",
      });
      await expect(store.accounts.assign({ ...wish, proxyId: gone as ProxyId })).rejects.toMatchObject({
        code: "LAUNCH_UNKNOWN_PROXY",
      });
    });

    it("unassigning tells whether there was anything to take away", async () => {
      const store = await open();
      const { account, proxy } = await storeAccount(store, "alice");
      expect(await store.accounts.unassign(account.id, proxy.id)).toBe(true);
      expect(await store.accounts.unassign(account.id, proxy.id)).toBe(false);
    });
  });

  describe("facts", () => {
    it("an account without proxies has facts without candidates, an unknown one has none", async () => {
      const store = await open();
      const account = sampleAccount("alice");
      await store.accounts.create(account);
      expect(await store.accounts.facts(account.id)).toEqual({
        account,
        candidates: [],
        registrations: [],
        incidents: [],
      });
      expect(await store.accounts.facts(randomUUID() as AccountId)).toBeUndefined();
    });

    it("candidates come in the order of priority with their proxies", async () => {
      const store = await open();
      const { account, assignment } = await storeAccount(store, "alice");
      const other = sampleProxy("other", { expectedIp: exitIp("203.0.113.9"), expectedIpSource: "operator" });
      await store.proxies.create(other);
      const first = { id: newId(), accountId: account.id, proxyId: other.id, priority: 0 };
      await store.accounts.assign(first);
      const facts = await store.accounts.facts(account.id);
      expect(facts?.candidates.map((candidate) => candidate.assignment.id)).toEqual([
        first.id,
        assignment.id,
      ]);
      expect(facts?.candidates[0]).toMatchObject({
        proxy: { label: "other", expectedIp: "203.0.113.9", revision: 1 },
        lastExitIp: undefined,
        usedBefore: false,
        exitHeldBy: undefined,
      });
    });

    it("a candidate knows its last proven exit, whether the account left by it, and who holds it now", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const bob = await leaseAccount(store, "bob");
      const seen = exitIp("2001:db8:1:2::1");
      const check = { runId: undefined, reason: undefined, latencyMs: 12.4, exitIp: seen, country: "DE" };
      const proof = { ...check, proxyId: bob.proxy.id, kind: "proof", isOk: true, at: at(10) } as const;
      await store.proxies.recordCheck(proof);
      await store.proxies.recordCheck({ ...proof, isOk: false, exitIp: exitIp("203.0.113.2"), at: at(30) });
      const held = await mustTakeExit(store, alice.exitRequest("2001:db8:1:2::ffff"));
      await store.runs.openExitUse({
        accountId: bob.account.id,
        proxyId: bob.proxy.id,
        exitIps: [seen],
        venues: bob.account.venues,
        runId: bob.owner.runId,
        from: at(0),
      });
      const carol = await storeAccount(store, "carol");
      await store.proxies.recordCheck({ ...proof, proxyId: carol.proxy.id });
      const ofCarol = await store.accounts.facts(carol.account.id);
      expect(ofCarol?.candidates).toMatchObject([{ lastExitIp: seen, usedBefore: false }]);
      const facts = await store.accounts.facts(bob.account.id);
      expect(facts?.candidates).toMatchObject([{ lastExitIp: seen, usedBefore: true, exitHeldBy: "alice" }]);
      await store.leases.releaseExit(held);
      const later = await store.accounts.facts(bob.account.id);
      expect(later?.candidates[0]?.exitHeldBy).toBeUndefined();
    });

    it("a candidate that nobody has seen yet is known by the exit that it is expected to have", async () => {
      const store = await open();
      for (const [name, expected, key] of [
        ["alice", "203.0.113.9", "203.0.113.9"],
        ["bob", "2001:db8:5:6:7::8", "2001:db8:5:6::/64"],
      ] as const) {
        const { account, proxy } = await storeAccount(store, name, { venues: [venue("binance")] });
        await store.proxies.update(proxy.id, {
          expectedIp: exitIp(expected),
          expectedIpSource: "operator",
        });
        const burned = sampleReputation({ exitIp: exitIp(expected) });
        expect(burned.exitKey).toBe(key);
        await store.apply([turned(burned)]);
        const facts = await store.accounts.facts(account.id);
        expect(facts?.candidates).toMatchObject([
          { lastExitIp: undefined, reputations: [{ state: "burned", exitKey: key }] },
        ]);
      }
    });
  });
}
