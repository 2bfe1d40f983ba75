import { describe, expect, it } from "vitest";
import type { Store } from "../../../../lib/ports/store/store.ts";
import {
  botSlot,
  collectorSlot,
  leaseAccount,
  look,
  mustHold,
  mustTakeExit,
  sampleOwner,
  venue,
} from "../samples.ts";

const taken = { kind: "taken", lease: { runId: expect.any(String), token: expect.any(Number) } };
const conflict = { kind: "conflict" };

export function exitContract(open: () => Promise<Store>): void {
  describe("exit leases", () => {
    it("an exit in use at a venue is refused to another account of that venue, naming the holder", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice", { venues: [venue("binance")] });
      const bob = await leaseAccount(store, "bob", { venues: [venue("okx"), venue("binance")] });
      expect(await store.leases.takeExit(alice.exitRequest("203.0.113.7"))).toEqual(taken);
      const attempt = await store.leases.takeExit(bob.exitRequest("203.0.113.7"));
      expect(attempt).toEqual({
        kind: "conflict",
        holders: [
          {
            accountName: "alice",
            exitKey: "203.0.113.7",
            venue: "binance",
            owner: alice.owner,
            seen: { token: alice.lease.token, renewals: 1 },
            isRevoked: false,
            ttlMs: 15_000,
          },
        ],
      });
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.8"))).toEqual(taken);
    });

    it("accounts of different venues share an exit", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice", { venues: [venue("binance")] });
      const bob = await leaseAccount(store, "bob", { venues: [venue("okx")] });
      expect(await store.leases.takeExit(alice.exitRequest("203.0.113.7"))).toEqual(taken);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7"))).toEqual(taken);
    });

    it.each([
      ["the holder", ["any"], ["okx"]],
      ["the taker", ["okx"], ["any"]],
    ])("any venue conflicts with every venue when %s has it", async (_who, held, wanted) => {
      const store = await open();
      const alice = await leaseAccount(store, "alice", { venues: held.map(venue) });
      const bob = await leaseAccount(store, "bob", { venues: wanted.map(venue) });
      expect(await store.leases.takeExit(alice.exitRequest("203.0.113.7"))).toEqual(taken);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7"))).toMatchObject(conflict);
    });

    it("accounts of one group share an exit, accounts without a group do not", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice", { groupName: "family" });
      const bob = await leaseAccount(store, "bob", { groupName: "family" });
      const carol = await leaseAccount(store, "carol");
      expect(await store.leases.takeExit(alice.exitRequest("203.0.113.7"))).toEqual(taken);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7"))).toEqual(taken);
      expect(await store.leases.takeExit(carol.exitRequest("203.0.113.7"))).toMatchObject(conflict);
    });

    it("two addresses of one IPv6 /64 are one exit", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const bob = await leaseAccount(store, "bob");
      expect(await store.leases.takeExit(alice.exitRequest("2001:db8:1:2::1"))).toEqual(taken);
      expect(await store.leases.takeExit(bob.exitRequest("2001:db8:1:2:ffff::9"))).toMatchObject(conflict);
      expect(await store.leases.takeExit(bob.exitRequest("2001:db8:1:3::1"))).toEqual(taken);
    });

    it("accounts whose exits share one IPv6 /64 are kept apart, though their IPv4 addresses differ, and nothing is half taken", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice", { venues: [venue("binance"), venue("okx")] });
      const bob = await leaseAccount(store, "bob", { venues: [venue("binance")] });
      const carol = await leaseAccount(store, "carol", { venues: [venue("kraken")] });
      const dave = await leaseAccount(store, "dave");
      const held = await mustTakeExit(store, alice.exitRequest(["203.0.113.7", "2001:db8:1:2::1"]));
      const wanted = bob.exitRequest(["203.0.113.8", "2001:db8:1:2:ffff::9"]);
      expect(await store.leases.takeExit(wanted)).toMatchObject({
        kind: "conflict",
        holders: [{ accountName: "alice", venue: "binance", exitKey: "2001:db8:1:2::/64" }],
      });
      expect(await store.leases.takeExit(carol.exitRequest(["203.0.113.9", "2001:db8:1:2::3"]))).toEqual(
        taken,
      );
      await store.leases.releaseExit(await mustTakeExit(store, dave.exitRequest("203.0.113.8")));
      await store.leases.releaseExit(held);
      expect(await store.leases.takeExit(wanted)).toEqual(taken);
      expect(await store.leases.takeExit(dave.exitRequest("2001:db8:1:2::4"))).toMatchObject(conflict);
      expect(await store.leases.takeExit(dave.exitRequest("203.0.113.7"))).toEqual(taken);
    });

    it("a dead holder of one address loses its account, and the taker has both", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const bob = await leaseAccount(store, "bob");
      const carol = await leaseAccount(store, "carol");
      await mustTakeExit(store, alice.exitRequest("2001:db8:1:2::1"));
      const seen = new Map([[alice.owner.runId, { token: alice.lease.token, renewals: 1 }]]);
      await mustTakeExit(store, bob.exitRequest(["203.0.113.7", "2001:db8:1:2::2"], { seen }));
      expect(await store.launchers.renew(alice.owner.launcherId)).toMatchObject({ tokens: [] });
      for (const ip of ["203.0.113.7", "2001:db8:1:2::3"])
        expect(await store.leases.takeExit(carol.exitRequest(ip))).toMatchObject(conflict);
    });

    it("a renewal names the exit that was taken last, until that is given back", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const exits = async () => (await store.launchers.renew(alice.owner.launcherId))?.exits;
      expect(await exits()).toEqual([]);
      const first = await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      expect(await exits()).toEqual([first.token]);
      const second = await mustTakeExit(store, alice.exitRequest("203.0.113.8"));
      await store.leases.releaseExit(first);
      expect(await exits()).toEqual([second.token]);
      await store.leases.releaseExit(second);
      expect(await exits()).toEqual([]);
    });

    it("a move to an exit with the same /64 keeps it when what was held before is given back", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const bob = await leaseAccount(store, "bob");
      const first = await mustTakeExit(store, alice.exitRequest(["203.0.113.7", "2001:db8:1:2::1"]));
      await mustTakeExit(store, alice.exitRequest(["203.0.113.8", "2001:db8:1:2::2"]));
      await store.leases.releaseExit(first);
      expect(await store.leases.takeExit(bob.exitRequest("2001:db8:1:2::3"))).toMatchObject(conflict);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7"))).toEqual(taken);
    });

    it("takers of the same two addresses, named in either order, never wait for one another: one has both", async () => {
      const store = await open();
      const [alice, bob] = await Promise.all([leaseAccount(store, "alice"), leaseAccount(store, "bob")]);
      for (let round = 0; round < 20; round++) {
        const [v4, v6] = [`203.0.113.${round}`, `2001:db8:1:${round}::1`];
        const attempts = await Promise.all([
          store.leases.takeExit(alice.exitRequest([v4, v6])),
          store.leases.takeExit(bob.exitRequest([v6, v4])),
        ]);
        expect(attempts.map(({ kind }) => kind).toSorted()).toEqual(["conflict", "taken"]);
      }
    });

    it("edge case 13: of many accounts that take one free exit at once exactly one gets it", async () => {
      const store = await open();
      const names = ["a", "b", "c", "d", "e", "f"];
      const accounts = await Promise.all(names.map((name) => leaseAccount(store, name)));
      const attempts = await Promise.all(
        accounts.map((account) => store.leases.takeExit(account.exitRequest("203.0.113.7"))),
      );
      expect(attempts.filter(({ kind }) => kind === "taken")).toHaveLength(1);
    });

    it("a run without the account's lease takes no exit", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const stale = alice.exitRequest("203.0.113.7", { runId: sampleOwner().runId });
      await expect(store.leases.takeExit(stale)).rejects.toMatchObject({ code: "LAUNCH_LEASE_LOST" });
    });

    it("the next run of an account replaces all that the last one held", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      await store.leases.takeExit(alice.exitRequest("203.0.113.7"));
      const next = sampleOwner();
      const slot = botSlot(alice.account);
      await mustHold(store, { slot, owner: next, seen: await look(store, slot) });
      const request = alice.exitRequest("203.0.113.8", { runId: next.runId });
      expect(await store.leases.takeExit(request)).toEqual(taken);
      const bob = await leaseAccount(store, "bob");
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7"))).toEqual(taken);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.8"))).toMatchObject(conflict);
    });

    it("a dead holder's exit is taken when its heartbeat stayed as seen, and its account's lease is lost with it", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const bob = await leaseAccount(store, "bob");
      await store.leases.takeExit(alice.exitRequest("203.0.113.7"));
      const busy = await store.leases.takeExit(bob.exitRequest("203.0.113.7"));
      if (busy.kind !== "conflict") throw new Error("the exit was free");
      const seen = new Map(busy.holders.map((holder) => [holder.owner.runId, holder.seen]));
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7", { seen }))).toEqual(taken);
      expect(await store.launchers.renew(alice.owner.launcherId)).toMatchObject({ tokens: [] });
    });

    it("an exit that was renewed since it was seen is refused", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const bob = await leaseAccount(store, "bob");
      await store.leases.takeExit(alice.exitRequest("203.0.113.7"));
      const busy = await store.leases.takeExit(bob.exitRequest("203.0.113.7"));
      if (busy.kind !== "conflict") throw new Error("the exit was free");
      const seen = new Map(busy.holders.map((holder) => [holder.owner.runId, holder.seen]));
      await store.launchers.renew(alice.owner.launcherId);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7", { seen }))).toMatchObject(conflict);
    });

    it("one holder's silence does not put off another that holds the exit too", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice", { groupName: "family" });
      const eve = await leaseAccount(store, "eve", { groupName: "family" });
      const bob = await leaseAccount(store, "bob");
      await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      await mustTakeExit(store, eve.exitRequest("203.0.113.7"));
      const seen = new Map([[alice.owner.runId, { token: alice.lease.token, renewals: 1 }]]);
      const attempt = await store.leases.takeExit(bob.exitRequest("203.0.113.7", { seen }));
      expect(attempt).toMatchObject({ kind: "conflict", holders: [{ accountName: "eve" }] });
      expect(await store.launchers.renew(alice.owner.launcherId)).toMatchObject({
        tokens: [alice.lease.token],
      });
    });

    it("a run that is put off its exit loses its account, and its launcher nothing else", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const other = { ...sampleOwner(), launcherId: alice.owner.launcherId };
      const kept = await mustHold(store, { slot: collectorSlot("ticks"), owner: other });
      const bob = await leaseAccount(store, "bob");
      await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      const seen = new Map([[alice.owner.runId, { token: alice.lease.token, renewals: 1 }]]);
      await mustTakeExit(store, bob.exitRequest("203.0.113.7", { seen }));
      expect(await store.launchers.renew(alice.owner.launcherId)).toMatchObject({ tokens: [kept.token] });
    });

    it("a revoked run takes no exit", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      await store.leases.revoke(botSlot(alice.account));
      const attempt = store.leases.takeExit(alice.exitRequest("203.0.113.7"));
      await expect(attempt).rejects.toMatchObject({ code: "LAUNCH_LEASE_LOST" });
    });

    it("a freed exit can be taken by anybody at once", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const bob = await leaseAccount(store, "bob");
      const held = await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      await store.leases.releaseExit(held);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7"))).toEqual(taken);
    });

    it("a release that comes late frees neither the same exit taken again nor another one taken since", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice", { venues: [venue("okx"), venue("binance")] });
      const bob = await leaseAccount(store, "bob");
      const first = await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      const again = await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      await store.launchers.renew(alice.owner.launcherId);
      await store.leases.releaseExit(first);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7"))).toMatchObject(conflict);
      const other = await mustTakeExit(store, alice.exitRequest("203.0.113.8"));
      await store.leases.releaseExit(again);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.8"))).toMatchObject(conflict);
      await store.leases.releaseExit(other);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.8"))).toEqual(taken);
    });

    it("a release frees what the run took before as well, and nothing of another run", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const bob = await leaseAccount(store, "bob");
      await mustTakeExit(store, bob.exitRequest("203.0.113.6"));
      await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      const newest = await mustTakeExit(store, alice.exitRequest("203.0.113.8"));
      await store.leases.releaseExit(newest);
      const carol = await leaseAccount(store, "carol");
      expect(await store.leases.takeExit(carol.exitRequest("203.0.113.6"))).toMatchObject(conflict);
      expect(await store.leases.takeExit(carol.exitRequest("203.0.113.7"))).toEqual(taken);
      expect(await store.leases.takeExit(carol.exitRequest("203.0.113.8"))).toEqual(taken);
    });

    it("the account's lease takes the exits of its run along when it is released, and only its holder's", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      const bob = await leaseAccount(store, "bob");
      await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      await store.leases.release(alice.owner.runId, bob.owner.launcherId);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7"))).toMatchObject(conflict);
      await store.leases.release(alice.owner.runId, alice.owner.launcherId);
      expect(await store.leases.takeExit(bob.exitRequest("203.0.113.7"))).toEqual(taken);
    });
  });
}
