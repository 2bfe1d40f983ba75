import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { AccountId, AssignmentId } from "../../../lib/domain/ids.ts";
import { botKey } from "../../../lib/domain/run/unit-key.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { sampleReputation, turned } from "./reputation/reputations.contract.ts";
import { at, exitIp, storeAccount, venue } from "./samples.ts";

/** What is asked again and again about exits that are held. */
export function heldFactsContract(open: () => Promise<Store>): void {
  describe("facts of an exit that is held", () => {
    it("are the same part of all that selection reads", async () => {
      const store = await open();
      const { account, assignment, proxy } = await storeAccount(store, "alice", {
        venues: [venue("binance")],
      });
      const seven = exitIp("203.0.113.7");
      const burned = sampleReputation({ exitIp: seven });
      await store.proxies.update(proxy.id, { expectedIp: seven, expectedIpSource: "operator" });
      const elsewhere = sampleReputation({ venue: venue("okx") });
      await store.apply([turned(burned), turned(elsewhere)]);
      await store.units.want({ unitKey: botKey(account.id), wanted: "down", by: "user:ann", why: undefined });
      const facts = await store.accounts.facts(account.id);
      const [candidate] = facts?.candidates ?? [];
      const held = await store.accounts.heldFacts(account.id, assignment.id);
      expect(held).toEqual({
        account: facts?.account,
        candidate: {
          assignment: candidate?.assignment,
          proxy: { isActive: true, revision: candidate?.proxy.revision },
          reputations: [burned],
        },
      });
      expect(held?.account.wanted).toBe("down");
    });

    it("tell what became of the account, the proxy and their tie", async () => {
      const store = await open();
      const { account, assignment, proxy } = await storeAccount(store, "alice");
      const asked = () => store.accounts.heldFacts(account.id, assignment.id);
      await store.proxies.update(proxy.id, { isActive: false });
      expect((await asked())?.candidate?.proxy).toEqual({ isActive: false, revision: 1 });
      await store.accounts.updateAssignment(assignment.id, { status: "quarantined" });
      expect((await asked())?.candidate?.assignment.status).toBe("quarantined");
      await store.accounts.unassign(account.id, proxy.id);
      expect(await asked()).toEqual({ account, candidate: undefined });
      await store.accounts.remove(account.id);
      expect(await asked()).toBeUndefined();
    });

    it("are of each who asks, however many ask at once, and of no other account", async () => {
      const store = await open();
      const alice = await storeAccount(store, "alice");
      const bob = await storeAccount(store, "bob");
      const asked = await Promise.all([
        store.accounts.heldFacts(alice.account.id, alice.assignment.id),
        store.accounts.heldFacts(bob.account.id, alice.assignment.id),
        store.accounts.heldFacts(randomUUID() as AccountId, bob.assignment.id),
        store.accounts.heldFacts(bob.account.id, randomUUID() as AssignmentId),
        store.accounts.heldFacts(bob.account.id, bob.assignment.id),
        store.accounts.heldFacts(alice.account.id, alice.assignment.id),
      ]);
      expect(asked.map((facts) => facts && [facts.account.name, facts.candidate?.assignment.id])).toEqual([
        ["alice", alice.assignment.id],
        ["bob", undefined],
        undefined,
        ["bob", undefined],
        ["bob", bob.assignment.id],
        ["alice", alice.assignment.id],
      ]);
    });

    it("of a proxy that was seen are those of the exit it showed", async () => {
      const store = await open();
      const { account, assignment, proxy } = await storeAccount(store, "alice");
      const seen = exitIp("203.0.113.9");
      await store.proxies.update(proxy.id, {
        expectedIp: exitIp("203.0.113.7"),
        expectedIpSource: "operator",
      });
      const rows = [sampleReputation({ exitIp: exitIp("203.0.113.7") }), sampleReputation({ exitIp: seen })];
      await store.apply(rows.map((row) => turned(row)));
      const check = {
        kind: "proof",
        isOk: true,
        reason: undefined,
        latencyMs: 1,
        country: undefined,
      } as const;
      await store.proxies.recordCheck({
        ...check,
        proxyId: proxy.id,
        runId: undefined,
        exitIp: seen,
        at: at(0),
      });
      const held = await store.accounts.heldFacts(account.id, assignment.id);
      expect(held?.candidate?.reputations.map(({ exitIp }) => exitIp)).toEqual([seen]);
    });
  });
}
