import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { LauncherId } from "../../../../lib/domain/ids.ts";
import { collectorKey } from "../../../../lib/domain/run/unit-key.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import {
  ask,
  botSlot,
  collectorSlot,
  leaseAccount,
  look,
  mustHold,
  mustTakeExit,
  register,
  sampleOwner,
  sampleRun,
  storeAccount,
} from "../samples.ts";

const slot = collectorSlot("funding_rate_service");

export function leaseContract(open: () => Promise<Store>): void {
  describe("leases", () => {
    it("two runs of one launcher exclude each other, and the second learns who holds the lease", async () => {
      const store = await open();
      const first = sampleOwner();
      const second = sampleOwner(first.launcherId);
      const lease = await mustHold(store, { slot, owner: first });
      expect(lease).toEqual({
        ...slot,
        runId: first.runId,
        launcherId: first.launcherId,
        token: expect.any(Number),
      });
      expect(await ask(store, { slot, owner: second })).toEqual({
        kind: "busy",
        holder: {
          owner: first,
          seen: { token: lease.token, renewals: 1 },
          isRevoked: false,
          ttlMs: 15_000,
        },
      });
    });

    it("a taker is told the TTL that the holder's launcher registered, whatever its own is, and it stays as registered", async () => {
      const store = await open();
      const [patient, hasty, usual] = [sampleOwner(), sampleOwner(), sampleOwner()];
      await register(store, patient, [], { ttlMs: 90_000 });
      await register(store, hasty, [], { ttlMs: 10_000 });
      await mustHold(store, { slot: collectorSlot("patient"), owner: patient });
      await mustHold(store, { slot: collectorSlot("hasty"), owner: hasty });
      await register(store, patient, [], { ttlMs: 15_000 });
      for (const [name, ttlMs] of [["patient", 90_000] as const, ["hasty", 10_000] as const])
        for (const owner of [patient, hasty, usual]) {
          const taker = sampleOwner(owner.launcherId);
          const attempt = await ask(store, { slot: collectorSlot(name), owner: taker });
          expect(attempt).toMatchObject({ kind: "busy", holder: { ttlMs } });
        }
      const live = await store.launchers.renew(hasty.launcherId);
      expect(live?.tokens).toHaveLength(1);
    });

    it("whoever stands by sees at once who holds which of its units, and whether it runs there", async () => {
      const store = await open();
      const { account } = await storeAccount(store, "alice");
      const owner = sampleOwner();
      const { token } = await mustHold(store, { slot: botSlot(account), owner });
      const keys = [slot.unitKey, botSlot(account).unitKey];
      const seen = { owner, seen: { token, renewals: 1 }, isRevoked: false, ttlMs: 15_000 };
      expect(await store.leases.holders(keys)).toEqual(new Map([[keys[1], { ...seen, isRunning: false }]]));
      await store.runs.begin(sampleRun(account, owner));
      await store.runs.update(owner.runId, { phase: "running" });
      await store.launchers.renew(owner.launcherId);
      const later = { ...seen, seen: { token, renewals: 2 }, isRunning: true };
      expect(await store.leases.holders(keys)).toEqual(new Map([[keys[1], later]]));
    });

    it("a run that asks again keeps its token", async () => {
      const store = await open();
      const owner = sampleOwner();
      const first = await mustHold(store, { slot, owner });
      const again = await mustHold(store, { slot, owner });
      expect(again.token).toBe(first.token);
    });

    it("what is mine is so by the run: the same launcher's next run takes nothing without proof", async () => {
      const store = await open();
      const owner = sampleOwner();
      const lease = await mustHold(store, { slot, owner });
      const next = sampleOwner(owner.launcherId);
      expect(await ask(store, { slot, owner: next })).toMatchObject({ kind: "busy" });
      const taken = await mustHold(store, { slot, owner: next, seen: await look(store, slot) });
      expect(taken.token).toBeGreaterThan(lease.token);
      expect(await store.launchers.renew(owner.launcherId)).toMatchObject({ tokens: [taken.token] });
    });

    it("a launcher without a row takes nothing", async () => {
      const store = await open();
      const { runId, launcherId } = sampleOwner();
      const request = { ...slot, runId, launcherId, seen: undefined, settledEra: undefined };
      expect(await store.leases.acquire(request)).toEqual({ kind: "unregistered" });
    });

    it("of many runs that ask at once exactly one gets the lease", async () => {
      const store = await open();
      const attempts = await Promise.all(
        Array.from({ length: 8 }, () => ask(store, { slot, owner: sampleOwner() })),
      );
      expect(attempts.filter(({ kind }) => kind === "held")).toHaveLength(1);
    });

    it("a lease that stayed exactly as seen is taken with a greater token", async () => {
      const store = await open();
      const dead = await mustHold(store, { slot, owner: sampleOwner() });
      const taken = await mustHold(store, { slot, owner: sampleOwner(), seen: await look(store, slot) });
      expect(taken.token).toBeGreaterThan(dead.token);
    });

    it("a lease whose launcher renewed since it was seen is not taken, nor one that changed hands", async () => {
      const store = await open();
      const owner = sampleOwner();
      const lease = await mustHold(store, { slot, owner });
      const seen = await look(store, slot);
      await store.launchers.renew(owner.launcherId);
      expect(await ask(store, { slot, owner: sampleOwner(), seen })).toMatchObject({ kind: "busy" });
      const other = { token: lease.token - 1, renewals: 2 };
      expect(await ask(store, { slot, owner: sampleOwner(), seen: other })).toMatchObject({ kind: "busy" });
      const right = { token: lease.token, renewals: 2 };
      expect(await ask(store, { slot, owner: sampleOwner(), seen: right })).toMatchObject({ kind: "held" });
    });

    it("a launcher's silence proves nothing of a lease that it acquired since", async () => {
      const store = await open();
      const owner = sampleOwner();
      await mustHold(store, { slot, owner });
      const seen = await look(store, slot);
      await store.leases.release(owner.runId, owner.launcherId);
      await mustHold(store, { slot, owner: sampleOwner(owner.launcherId) });
      expect(await ask(store, { slot, owner: sampleOwner(), seen })).toMatchObject({ kind: "busy" });
    });

    it("of two takers that saw the same lease only one gets it", async () => {
      const store = await open();
      await mustHold(store, { slot, owner: sampleOwner() });
      const seen = await look(store, slot);
      const attempts = await Promise.all([
        ask(store, { slot, owner: sampleOwner(), seen }),
        ask(store, { slot, owner: sampleOwner(), seen }),
      ]);
      expect(attempts.map(({ kind }) => kind).toSorted()).toEqual(["busy", "held"]);
    });

    it("renewal names the tokens that are still held and leaves out those that were taken", async () => {
      const store = await open();
      const owner = sampleOwner();
      const kept = await mustHold(store, {
        slot: collectorSlot("kept"),
        owner: sampleOwner(owner.launcherId),
      });
      const lost = await mustHold(store, { slot, owner });
      expect((await store.launchers.renew(owner.launcherId))?.tokens).toHaveLength(2);
      await mustHold(store, { slot, owner: sampleOwner(), seen: await look(store, slot) });
      const renewed = await store.launchers.renew(owner.launcherId);
      expect([renewed?.tokens, lost.token === kept.token]).toEqual([[kept.token], false]);
    });

    it("renewal of a launcher that is not known, or has ended, says so; what it held lapses", async () => {
      const store = await open();
      expect(await store.launchers.renew(randomUUID() as LauncherId)).toBeUndefined();
      const owner = sampleOwner();
      await mustHold(store, { slot, owner });
      await store.launchers.end(owner.launcherId);
      expect(await store.launchers.renew(owner.launcherId)).toBeUndefined();
      const second = await ask(store, { slot: collectorSlot("other"), owner });
      expect(second).toEqual({ kind: "unregistered" });
      expect(await ask(store, { slot, owner: sampleOwner() })).toMatchObject({ kind: "busy" });
    });

    it("a launcher learns what other folders of its host chose otherwise, and nothing of those that chose alike", async () => {
      const store = await open();
      const [here, alike, other, far] = [sampleOwner(), sampleOwner(), sampleOwner(), sampleOwner()];
      const choices = { "network.direct": "on", "network.public_ranges": "none" };
      const otherwise = { folder: "/other", choices: { ...choices, "network.direct": "off" } };
      await register(store, here, [], { folder: "/here", choices });
      await register(store, alike, [], { folder: "/alike", choices });
      await register(store, other, [], otherwise);
      const launcher = { ...far.launcher, host: "host-b", machineId: "another" };
      await register(store, { ...far, launcher }, [], { ...otherwise, folder: "/far" });
      expect(await store.launchers.otherChoices({ process: here.launcher, choices })).toEqual([otherwise]);
    });

    it("launchers that have not ended are present, each with the socket on which it is asked", async () => {
      const store = await open();
      const [asked, mute, ended] = [sampleOwner(), sampleOwner(), sampleOwner()];
      await register(store, asked, [], { operatorSocket: "/run/one.op.sock" });
      await register(store, mute);
      await register(store, ended);
      await store.launchers.end(ended.launcherId);
      const present = await store.launchers.present();
      expect(present.map(({ operatorSocket }) => operatorSocket)).toEqual(["/run/one.op.sock", undefined]);
      expect(present[0]?.process).toEqual(asked.launcher);
      const none = { standingBy: [], idle: [] };
      expect(present).toMatchObject([none, none]);
      const told = {
        standingBy: [slot.unitKey],
        idle: [{ unitKey: collectorKey("funding"), state: "failed", why: 'was not "found"' }],
      } as const;
      await store.launchers.tellIdle(asked.launcherId, told);
      expect(await store.launchers.present()).toMatchObject([told, none]);
    });

    it("release frees the lease at once, and only for its own run and launcher", async () => {
      const store = await open();
      const owner = sampleOwner();
      const lease = await mustHold(store, { slot, owner });
      await store.leases.release(sampleOwner().runId, owner.launcherId);
      await store.leases.release(owner.runId, sampleOwner().launcherId);
      expect(await look(store, slot)).toEqual({ token: lease.token, renewals: 1 });
      await store.leases.release(owner.runId, owner.launcherId);
      const next = await mustHold(store, { slot, owner: sampleOwner() });
      expect(next.token).toBeGreaterThan(lease.token);
      expect(await store.launchers.renew(owner.launcherId)).toMatchObject({ tokens: [] });
    });

    it("an old sight of a lease does not take it after it was released and taken by another", async () => {
      const store = await open();
      const first = sampleOwner();
      await mustHold(store, { slot, owner: first });
      const seen = await look(store, slot);
      await store.leases.release(first.runId, first.launcherId);
      await mustHold(store, { slot, owner: sampleOwner() });
      expect(await ask(store, { slot, owner: sampleOwner(), seen })).toMatchObject({ kind: "busy" });
    });

    it("a revoked lease is lost to its launcher at the next renewal, and the others stay", async () => {
      const store = await open();
      const owner = sampleOwner();
      const kept = await mustHold(store, {
        slot: collectorSlot("kept"),
        owner: sampleOwner(owner.launcherId),
      });
      await mustHold(store, { slot, owner });
      const before = await look(store, slot);
      expect(await store.leases.revoke(slot)).toBe(true);
      expect(await store.leases.revoke(slot)).toBe(false);
      expect(await store.launchers.renew(owner.launcherId)).toMatchObject({ tokens: [kept.token] });
      const taker = sampleOwner();
      expect(await ask(store, { slot, owner: taker, seen: before })).toMatchObject({ kind: "busy" });
      // Renewals cannot extend what was revoked before them, so they do not count here.
      const seen = await look(store, slot);
      await store.launchers.renew(owner.launcherId);
      expect(await ask(store, { slot, owner: taker, seen })).toMatchObject({ kind: "held" });
    });

    it("a revoked lease is given back by its run, which does not get it again by asking", async () => {
      const store = await open();
      const owner = sampleOwner();
      await mustHold(store, { slot, owner });
      await store.leases.revoke(slot);
      expect(await ask(store, { slot, owner })).toMatchObject({ kind: "busy", holder: { isRevoked: true } });
      await store.leases.release(owner.runId, owner.launcherId);
      expect(await ask(store, { slot, owner: sampleOwner() })).toMatchObject({ kind: "held" });
      expect(await store.leases.revoke(collectorSlot("nobody"))).toBe(false);
    });

    it("tidying frees tokens whose run is not known to the launcher, and nothing else", async () => {
      const store = await open();
      const owner = sampleOwner();
      const [known, forgotten] = [sampleOwner(owner.launcherId), sampleOwner(owner.launcherId)];
      const one = await mustHold(store, { slot, owner: known });
      const two = await mustHold(store, { slot: collectorSlot("two"), owner: forgotten });
      const three = await mustHold(store, { slot: collectorSlot("three"), owner: sampleOwner() });
      const tokens = [one.token, two.token, three.token];
      expect(await store.launchers.tidy(owner.launcherId, tokens, [known.runId])).toBe(1);
      expect(await store.launchers.renew(owner.launcherId)).toMatchObject({ tokens: [one.token] });
      expect(await look(store, collectorSlot("three"))).toMatchObject({ token: three.token });
    });

    it("another launcher's lease is freed only exactly as seen, and leaves no row behind", async () => {
      const store = await open();
      const owner = sampleOwner();
      const many = collectorSlot("ticks", owner.runId);
      await mustHold(store, { slot: many, owner });
      const seen = await look(store, many);
      await store.launchers.renew(owner.launcherId);
      expect(await store.leases.free(many, seen)).toBe(false);
      expect(await store.leases.free(many, await look(store, many))).toBe(true);
      expect(await store.leases.free(many, seen)).toBe(false);
      expect(await store.launchers.renew(owner.launcherId)).toMatchObject({ tokens: [] });
    });

    it("instances of one collector hold a lease each, and a launcher's keys are known by its live runs", async () => {
      const store = await open();
      const [one, two] = [sampleOwner(), sampleOwner()];
      await mustHold(store, { slot: collectorSlot("ticks", one.runId), owner: one });
      await mustHold(store, { slot: collectorSlot("ticks", two.runId), owner: two });
      const alice = await leaseAccount(store, "alice");
      await register(store, alice.owner);
      await store.launchers.update(alice.owner.launcherId, { keyIds: ["1badcafe", "0badcafe"] });
      await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      expect(await look(store, botSlot(alice.account))).toMatchObject({ token: alice.lease.token });
    });
  });
}
