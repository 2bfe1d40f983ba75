import { describe, expect, it } from "vitest";
import type { HealthState, ProxyHealth } from "../../../lib/domain/proxy/proxy-health.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { Change } from "../../../lib/domain/verdict/change.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { exitIp, storeAccount } from "./samples.ts";

const now = () => instant(Date.now());
const eventOf = (message: string) =>
  ({ at: now(), kind: "proxy.down", severity: "warning", actor: "system", host: "a", message }) as const;

async function stage(store: Store) {
  const { account, assignment } = await storeAccount(store, "alice");
  const { status, failures, cooldownUntil } = assignment;
  const proxy = await store.proxies.find("alice-1");
  if (proxy === undefined) throw new Error("the proxy is gone");
  const cooling: Change = {
    on: "assignment",
    id: assignment.id,
    expected: { status, failures, cooldownUntil },
    next: { status: "cooling", failures: 1, cooldownUntil: instant(now() + 60_000) },
  };
  const health = (state: HealthState, expected: HealthState | undefined, hostKey = "a"): Change => {
    const numbers = { failures: 1, nextProbeAt: undefined, lastOkAt: undefined, latencyMs: 12 };
    const next: ProxyHealth = { proxyId: proxy.id, hostKey, state, since: now(), ...numbers };
    return { on: "health", expected, next, event: eventOf(`${hostKey} ${state}`) };
  };
  const told = async () => (await store.history.list({ limit: 50 })).map(({ message }) => message);
  const assigned = async () => (await store.accounts.assignments({ accountId: account.id }))[0];
  return { account, proxy, assignment, cooling, health, told, assigned };
}

export function verdictContract(open: () => Promise<Store>): void {
  describe("a judgement's changes", () => {
    it("are written with their events, and none is dropped where nothing changed meanwhile", async () => {
      const store = await open();
      const { account, proxy, assignment, cooling, health, told, assigned } = await stage(store);
      const at = now();
      const check: Change = {
        on: "check",
        assignmentId: assignment.id,
        check: {
          proxyId: proxy.id,
          runId: undefined,
          kind: "proof",
          isOk: true,
          reason: undefined,
          latencyMs: 7,
          exitIp: exitIp("203.0.113.7"),
          country: undefined,
          at,
        },
      };
      const proven: Change = {
        on: "proxy",
        id: proxy.id,
        expected: { state: "unverified", revision: 1 },
        next: { state: "ok", stateSince: at, nextProbeAt: undefined },
        pin: exitIp("203.0.113.7"),
      };
      const changes: Change[] = [check, cooling, proven, health("down", undefined)];
      expect(await store.apply([...changes, { on: "history", event: eventOf("only told") }])).toEqual([]);
      expect(await assigned()).toMatchObject({ status: "cooling", failures: 1, lastCheckedAt: at });
      const facts = await store.accounts.facts(account.id);
      expect(facts?.candidates).toMatchObject([
        {
          proxy: { state: "ok", expectedIp: "203.0.113.7", expectedIpSource: "first-proof", revision: 1 },
          health: [{ hostKey: "a", state: "down", failures: 1, latencyMs: 12 }],
          lastExitIp: "203.0.113.7",
        },
      ]);
      expect(await told()).toEqual(expect.arrayContaining(["a down", "only told"]));
    });

    it("are dropped one by one, with their events, where an operator wrote between the read and the write", async () => {
      const store = await open();
      const { proxy, assignment, cooling, health, told, assigned } = await stage(store);
      await store.accounts.updateAssignment(assignment.id, { status: "disabled" });
      await store.proxies.update(proxy.id, { state: "disabled" });
      const drifted: Change = {
        on: "proxy",
        id: proxy.id,
        expected: { state: "unverified", revision: 1 },
        next: { state: "drifted", stateSince: now(), nextProbeAt: undefined },
        event: eventOf("drifted"),
      };
      expect(await store.apply([cooling, drifted, health("down", undefined)])).toEqual([cooling, drifted]);
      expect(await assigned()).toMatchObject({ status: "disabled", failures: 0, cooldownUntil: undefined });
      expect(await store.proxies.find("alice-1")).toMatchObject({ state: "disabled" });
      expect(await told()).toEqual(["a down"]);
    });

    it.each([
      ["a cooldown", { cooldownUntil: instant(1_900_000_000_000) }],
      ["failures", { failures: 3 }],
    ])("of an assignment are dropped when %s changed alone", async (_what, meanwhile) => {
      const store = await open();
      const { assignment, cooling, assigned } = await stage(store);
      await store.accounts.updateAssignment(assignment.id, meanwhile);
      expect(await store.apply([cooling])).toEqual([cooling]);
      expect(await assigned()).toMatchObject({ status: "standby", ...meanwhile });
    });

    it("of a proxy are dropped when it was edited since it was seen", async () => {
      const store = await open();
      const { proxy } = await stage(store);
      await store.proxies.update(proxy.id, { endpoint: { ...proxy.endpoint, port: 9 } });
      const next = { state: "ok", stateSince: now(), nextProbeAt: undefined } as const;
      const expected = { state: "unverified", revision: 1 } as const;
      const change: Change = { on: "proxy", id: proxy.id, expected, next };
      expect(await store.apply([change])).toEqual([change]);
    });
  });

  describe("what hosts see of a proxy", () => {
    it("is kept for each host, changes only from the state that was read, and goes with the proxy", async () => {
      const store = await open();
      const { proxy, health } = await stage(store);
      expect(await store.apply([health("up", undefined), health("down", undefined, "b")])).toEqual([]);
      const late = health("auth_failed", undefined);
      expect(await store.apply([late])).toEqual([late]);
      expect(await store.apply([health("suspect", "up")])).toEqual([]);
      const states = async () => (await store.proxies.health()).map(({ hostKey, state }) => [hostKey, state]);
      expect(await states()).toEqual([
        ["a", "suspect"],
        ["b", "down"],
      ]);
      await store.proxies.forgetHealth(proxy.id);
      expect(await store.proxies.health(proxy.id)).toEqual([]);
      await store.proxies.remove(proxy.id);
      const gone = health("up", undefined);
      expect(await store.apply([gone])).toEqual([gone]);
    });

    it("is forgotten after seven days of silence", async () => {
      const store = await open();
      const { health } = await stage(store);
      const old = health("down", undefined, "b");
      if (old.on !== "health") throw new Error("not a host's view");
      const since = instant(now() - 7 * 86_400_000 - 1_000);
      expect(await store.apply([{ ...old, next: { ...old.next, since } }])).toEqual([]);
      expect(await store.proxies.health()).toEqual([]);
      // Whoever was silent for so long begins anew.
      expect(await store.apply([health("up", undefined, "b")])).toEqual([]);
      expect(await store.proxies.health()).toMatchObject([{ hostKey: "b", state: "up" }]);
    });
  });
}
