import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { AssignmentId } from "../../../../lib/domain/ids.ts";
import type { ProxyHealth } from "../../../../lib/domain/proxy/proxy-health.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import { exitIp, leaseAccount, mustTakeExit, storeAccount, venue } from "../samples.ts";
import { sampleReputation, turned } from "./reputations.contract.ts";

const minute = 60_000;
const ago = (ms: number) => instant(Date.now() - ms);
const rates = { limit: 9, leaseMs: minute, restMs: 10 * minute };
const labelsOf = (due: readonly { readonly proxy: { readonly label: string } }[]) =>
  due.map(({ proxy }) => proxy.label);

async function prove(store: Store, { id }: { readonly id: ProxyHealth["proxyId"] }, ip: string, at = ago(0)) {
  const found = { runId: undefined, reason: undefined, latencyMs: 1, country: undefined, exitIp: exitIp(ip) };
  await store.proxies.recordCheck({ ...found, proxyId: id, kind: "proof", isOk: true, at });
}

export function probeContract(open: () => Promise<Store>): void {
  describe("probes of the transport", () => {
    it("are shared out for each host and account, and what is claimed is due for nobody else", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice");
      await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      const bob = await storeAccount(store, "bob");
      const accountIds = [alice.account.id, bob.account.id];
      const claim = (hostKey: string) => store.probes.claimTransport({ ...rates, hostKey, accountIds });
      const ofBob = { ...rates, hostKey: "host-b", accountIds: [bob.account.id] };
      expect(labelsOf(await store.probes.claimTransport(ofBob))).toEqual(["bob-1"]);
      const first = await claim("host-a");
      expect(new Map(first.map(({ proxy, ...rest }) => [proxy.label, rest]))).toEqual(
        new Map([
          ["alice-1", { accountId: alice.account.id, isLeased: true }],
          ["bob-1", { accountId: bob.account.id, isLeased: false }],
        ]),
      );
      expect(await claim("host-a")).toEqual([]);
      expect(labelsOf(await claim("host-b"))).toEqual(["alice-1"]);
      expect(await store.proxies.health()).toEqual([]);
    });

    it("of a proxy that several accounts have are for the one that prefers it most", async () => {
      const store = await open();
      const [alice, bob] = [await storeAccount(store, "alice"), await storeAccount(store, "bob")];
      const id = randomUUID() as AssignmentId;
      await store.accounts.assign({ id, accountId: bob.account.id, proxyId: alice.proxy.id, priority: 2 });
      const accountIds = [alice.account.id, bob.account.id];
      const due = await store.probes.claimTransport({ ...rates, hostKey: "host-a", accountIds });
      expect(new Map(due.map(({ proxy, accountId }) => [proxy.label, accountId]))).toEqual(
        new Map([
          ["alice-1", alice.account.id],
          ["bob-1", bob.account.id],
        ]),
      );
    });

    it("come when they are due, the one that waits longest first, and after a rest where no time was set", async () => {
      const store = await open();
      const { account, proxy } = await storeAccount(store, "alice");
      const claim = (limit = 9) =>
        store.probes.claimTransport({ ...rates, limit, hostKey: "host-a", accountIds: [account.id] });
      await claim();
      const says = async (next: Partial<ProxyHealth>, expected?: ProxyHealth["state"]) => {
        const row: ProxyHealth = {
          proxyId: proxy.id,
          hostKey: "host-a",
          state: "up",
          since: ago(0),
          failures: 0,
          nextProbeAt: undefined,
          lastOkAt: undefined,
          latencyMs: undefined,
          ...next,
        };
        expect(await store.apply([{ on: "health", expected, next: row }])).toEqual([]);
      };
      // A claim alone says nothing, so the first word expects none.
      await says({ state: "suspect", nextProbeAt: ago(1) });
      expect(labelsOf(await claim())).toEqual(["alice-1"]);
      await says({ since: ago(minute) }, "suspect");
      expect(await claim()).toEqual([]);
      await says({ since: ago(11 * minute) }, "up");
      expect(await claim(0)).toEqual([]);
      expect(labelsOf(await claim(1))).toEqual(["alice-1"]);
    });

    it("leave out what is disabled, switched off, over, or another account's", async () => {
      const store = await open();
      const names = ["disabled", "off", "over", "other"] as const;
      const stored = new Map(
        await Promise.all(names.map(async (name) => [name, await storeAccount(store, name)] as const)),
      );
      const accountIds = [...stored.values()].map(({ account }) => account.id).slice(0, 3);
      const of = (name: (typeof names)[number]) => stored.get(name) ?? expect.fail(name);
      await store.accounts.updateAssignment(of("disabled").assignment.id, { status: "disabled" });
      await store.proxies.update(of("off").proxy.id, { isActive: false });
      await store.proxies.update(of("over").proxy.id, { expiresAt: ago(minute) });
      expect(await store.probes.claimTransport({ ...rates, hostKey: "host-a", accountIds })).toEqual([]);
      expect(await store.probes.claimExits({ ...rates, accountIds })).toEqual([]);
    });
  });

  describe("probes of exits and venues", () => {
    it("read each exit once for all hosts, when it is due or was read long ago", async () => {
      const store = await open();
      const alice = await storeAccount(store, "alice");
      const bob = await storeAccount(store, "bob");
      const accountIds = [alice.account.id, bob.account.id];
      await prove(store, alice.proxy, "203.0.113.7");
      await prove(store, bob.proxy, "203.0.113.8", ago(11 * minute));
      const due = await store.probes.claimExits({ ...rates, accountIds });
      expect(due).toMatchObject([{ proxy: { label: "bob-1" }, accountId: bob.account.id }]);
      expect(await store.probes.claimExits({ ...rates, accountIds })).toEqual([]);
      await store.proxies.update(alice.proxy.id, { nextProbeAt: ago(1) });
      expect(labelsOf(await store.probes.claimExits({ ...rates, accountIds }))).toEqual(["alice-1"]);
    });

    it("ask a venue through leased exits and those that it has something against, once for all hosts", async () => {
      const store = await open();
      const alice = await leaseAccount(store, "alice", { venues: [venue("binance"), venue("okx")] });
      const bob = await storeAccount(store, "bob", { venues: [venue("binance")] });
      await prove(store, alice.proxy, "203.0.113.7");
      await prove(store, bob.proxy, "203.0.113.8");
      await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
      const claim = () =>
        store.probes.claimVenues({ ...rates, accountIds: [alice.account.id, bob.account.id] });
      const first = await claim();
      expect(
        first.map(({ venue: name, proxy, isLeased, reputation }) => [
          name,
          proxy.label,
          isLeased,
          reputation,
        ]),
      ).toEqual([
        ["binance", "alice-1", true, undefined],
        ["okx", "alice-1", true, undefined],
      ]);
      expect(await claim()).toEqual([]);
      expect(await store.reputations.list()).toMatchObject([
        { venue: "binance", state: "clear", failures: 0 },
        { venue: "okx", state: "clear" },
      ]);
      const probation = sampleReputation({
        exitIp: exitIp("203.0.113.8"),
        state: "probation",
        nextProbeAt: ago(1),
      });
      expect(
        await store.apply([
          turned(probation),
          turned(sampleReputation({ nextProbeAt: instant(Date.now() + minute) })),
        ]),
      ).toEqual([]);
      expect(await claim()).toMatchObject([
        {
          proxy: { label: "bob-1" },
          accountId: bob.account.id,
          venue: "binance",
          exitIp: exitIp("203.0.113.8"),
          reputation: { state: "probation" },
          isLeased: false,
        },
      ]);
    });

    it("ask for an account of any venue where something was said of its exit before", async () => {
      const store = await open();
      const { account, proxy, exitRequest } = await leaseAccount(store, "alice");
      await prove(store, proxy, "203.0.113.7");
      await mustTakeExit(store, exitRequest("203.0.113.7"));
      const claim = () => store.probes.claimVenues({ ...rates, accountIds: [account.id] });
      expect(await claim()).toEqual([]);
      await store.apply([turned(sampleReputation({ venue: venue("okx"), nextProbeAt: ago(1) }))]);
      expect(await claim()).toMatchObject([{ venue: "okx", exitIp: "203.0.113.7" }]);
    });

    it("ask for other accounts at their own venues alone, whatever others hold against the exit", async () => {
      const store = await open();
      const { account, proxy, exitRequest } = await leaseAccount(store, "bob", {
        venues: [venue("binance")],
      });
      await prove(store, proxy, "203.0.113.7");
      await mustTakeExit(store, exitRequest("203.0.113.7"));
      await store.apply([turned(sampleReputation({ venue: venue("okx"), nextProbeAt: ago(1) }))]);
      const due = await store.probes.claimVenues({ ...rates, accountIds: [account.id] });
      expect(due).toMatchObject([{ venue: "binance" }]);
      expect(due).toHaveLength(1);
    });
  });
}
