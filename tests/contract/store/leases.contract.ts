import { describe, expect, it } from "vitest";
import { accountResource, collectorResource, type SeenLease } from "../../../lib/domain/run/lease.ts";
import type { LeaseRequest } from "../../../lib/ports/store/lease-store.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { leaseAccount, mustHold, sampleOwner } from "./samples.ts";

const resource = collectorResource("funding_rate_service");

function request(owner = sampleOwner(), seen?: SeenLease): LeaseRequest {
  return { resource, owner, ttlMs: 15_000, seen };
}

export function leaseContract(open: () => Promise<Store>): void {
  describe("leases", () => {
    it("two runs of one launcher exclude each other, and the second learns who holds the row", async () => {
      const store = await open();
      const first = sampleOwner();
      const second = sampleOwner(first.launcherId);
      expect(await store.leases.acquire(request(first))).toEqual({
        kind: "held",
        lease: { resource, runId: first.runId, token: 1, ttlMs: 15_000 },
      });
      expect(await store.leases.acquire(request(second))).toEqual({
        kind: "busy",
        owner: first,
        seen: { token: 1, beat: 1 },
        ttlMs: 15_000,
      });
    });

    it("a run that asks again keeps its token", async () => {
      const store = await open();
      const owner = sampleOwner();
      const first = await mustHold(store, { resource, owner });
      const again = await mustHold(store, { resource, owner });
      expect(again.token).toBe(first.token);
    });

    it("of many runs that ask at once exactly one gets the row", async () => {
      const store = await open();
      const attempts = await Promise.all(Array.from({ length: 12 }, () => store.leases.acquire(request())));
      expect(attempts.filter(({ kind }) => kind === "held")).toHaveLength(1);
    });

    it("a row that stayed exactly as seen is taken with a greater token", async () => {
      const store = await open();
      const dead = await mustHold(store, { resource, owner: sampleOwner() });
      const busy = await store.leases.acquire(request());
      if (busy.kind !== "busy") throw new Error("the row was free");
      const taken = await mustHold(store, { resource, owner: sampleOwner(), seen: busy.seen });
      expect(taken.token).toBe(dead.token + 1);
    });

    it("a row that was renewed since it was seen is not taken, nor one that changed hands", async () => {
      const store = await open();
      const owner = sampleOwner();
      const lease = await mustHold(store, { resource, owner });
      const seen = { token: lease.token, beat: 1 };
      await store.leases.renew(owner.launcherId, [lease]);
      expect(await store.leases.acquire(request(sampleOwner(), seen))).toMatchObject({ kind: "busy" });
      expect(await store.leases.acquire(request(sampleOwner(), { token: 0, beat: 2 }))).toMatchObject({
        kind: "busy",
      });
      expect(await store.leases.acquire(request(sampleOwner(), { token: 1, beat: 2 }))).toMatchObject({
        kind: "held",
      });
    });

    it("of two takers that saw the same row only one gets it", async () => {
      const store = await open();
      await mustHold(store, { resource, owner: sampleOwner() });
      const seen = { token: 1, beat: 1 };
      const attempts = await Promise.all([
        store.leases.acquire(request(sampleOwner(), seen)),
        store.leases.acquire(request(sampleOwner(), seen)),
      ]);
      expect(attempts.map(({ kind }) => kind).toSorted()).toEqual(["busy", "held"]);
    });

    it("renewal names the leases that are still held and leaves out those that were taken", async () => {
      const store = await open();
      const owner = sampleOwner();
      const kept = await mustHold(store, { resource: collectorResource("kept"), owner });
      const lost = await mustHold(store, { resource, owner });
      await mustHold(store, { resource, owner: sampleOwner(), seen: { token: 1, beat: 1 } });
      expect(await store.leases.renew(owner.launcherId, [lost, kept])).toEqual([kept.resource]);
      expect(await store.leases.renew(owner.launcherId, [lost])).toEqual([]);
    });

    it("renewal refuses another launcher and an older token", async () => {
      const store = await open();
      const owner = sampleOwner();
      const lease = await mustHold(store, { resource, owner });
      expect(await store.leases.renew(sampleOwner().launcherId, [lease])).toEqual([]);
      expect(await store.leases.renew(owner.launcherId, [{ ...lease, token: 0 }])).toEqual([]);
      expect(await store.leases.renew(owner.launcherId, [])).toEqual([]);
    });

    it("release frees the row at once with a greater token, and only for its own holder", async () => {
      const store = await open();
      const owner = sampleOwner();
      const lease = await mustHold(store, { resource, owner });
      await store.leases.release(sampleOwner().runId, resource);
      expect(await store.leases.holder(resource)).toEqual({ ...owner, token: 1, beat: 1, ttlMs: 15_000 });
      await store.leases.release(owner.runId, resource);
      expect(await store.leases.holder(resource)).toBeUndefined();
      const next = await mustHold(store, { resource, owner: sampleOwner() });
      expect(next.token).toBeGreaterThan(lease.token + 1);
      expect(await store.leases.renew(owner.launcherId, [lease])).toEqual([]);
    });

    it("an old sight of a row does not take it after it was released and taken by another", async () => {
      const store = await open();
      const first = sampleOwner();
      await mustHold(store, { resource, owner: first });
      await store.leases.release(first.runId, resource);
      await mustHold(store, { resource, owner: sampleOwner() });
      expect(await store.leases.acquire(request(sampleOwner(), { token: 1, beat: 1 }))).toMatchObject({
        kind: "busy",
      });
    });

    it("the holder of an account's lease is found by the account", async () => {
      const store = await open();
      const { account, owner } = await leaseAccount(store, "alice");
      expect(await store.leases.holder(accountResource(account.id))).toMatchObject({ runId: owner.runId });
    });
  });
}
