import { isDeepStrictEqual } from "node:util";
import type { KeyId, ProxyId } from "../../../lib/domain/ids.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import { instant } from "../../../lib/domain/time.ts";
import { UsageError } from "../../../lib/errors.ts";
import type { NewProxy, ProxyChange, ProxyStore } from "../../../lib/ports/store/proxy-store.ts";
import { byText, itemAt, replaceAt } from "./rows.ts";
import type { Memory } from "./state.ts";
import { recentHealth } from "./verdicts.ts";

export function memoryProxies(memory: Memory): ProxyStore {
  return {
    create: async (proxy) => create(memory, proxy),
    createMany: async (proxies) => {
      const before = memory.state.proxies;
      memory.state.proxies = [...before];
      try {
        for (const proxy of proxies) create(memory, proxy);
      } catch (error) {
        memory.state.proxies = before;
        throw error;
      }
    },
    find: async (label) => itemAt(memory.state.proxies, "label", (proxy) => proxy.label, label),
    list: async () => memory.state.proxies.toSorted(byText((proxy) => proxy.label)),
    labelsLike: async (labels) => {
      const wanted = new Set(labels.map((label) => label.toLowerCase()));
      return memory.state.proxies
        .map(({ label }) => label)
        .filter((label) => wanted.has(label.toLowerCase()))
        .toSorted(byText((label) => label));
    },
    update: async (id, change) => {
      if (change.label !== undefined) refuseTakenLabel(memory, change.label, id);
      if ("expiresAt" in change) memory.state.warnedDays.delete(id);
      // A key of a table stays what it was.
      if (change.label !== undefined) memory.state.proxies = [...memory.state.proxies];
      replaceAt(memory.state.proxies, ["id", (proxy) => proxy.id, id], (proxy) => changed(proxy, change));
    },
    remove: async (id) => {
      const { state } = memory;
      state.proxies = state.proxies.filter((proxy) => proxy.id !== id);
      state.assignments = state.assignments.filter(({ proxyId }) => proxyId !== id);
      state.health = state.health.filter(({ proxyId }) => proxyId !== id);
      state.lastExits.delete(id);
    },
    replaceSealed: async (id, from, to) => {
      const isThere = proxyOf(memory, id)?.sealed?.token === from;
      if (isThere)
        replaceAt(memory.state.proxies, ["id", (proxy) => proxy.id, id], (proxy) => ({
          ...proxy,
          sealed: to,
        }));
      return isThere;
    },
    lastExits: async (only) =>
      new Map(
        [...memory.state.lastExits]
          .filter(([id]) => only === undefined || id === only)
          .map(([id, { ip }]) => [id, ip]),
      ),
    warnOnce: async (id, days) => {
      const { warnedDays } = memory.state;
      if ((warnedDays.get(id) ?? Number.POSITIVE_INFINITY) <= days) return false;
      warnedDays.set(id, days);
      return true;
    },
    keyUse: async () => {
      const use = new Map<KeyId, number>();
      for (const { sealed } of memory.state.proxies) {
        if (sealed !== undefined) use.set(sealed.keyId, (use.get(sealed.keyId) ?? 0) + 1);
      }
      return use;
    },
    health: async (id) => recentHealth(memory, id),
    forgetHealth: async (id) => {
      memory.state.health = memory.state.health.filter(({ proxyId }) => proxyId !== id);
    },
    // Nothing reads a check but for the exit that it saw.
    recordCheck: async ({ proxyId, exitIp, isOk, at }) => {
      const { state } = memory;
      if (proxyOf(memory, proxyId) === undefined) return;
      const isNewest = (state.lastExits.get(proxyId)?.at ?? at) <= at;
      if (exitIp !== undefined && isOk && isNewest) state.lastExits.set(proxyId, { ip: exitIp, at });
    },
  };
}

function create(memory: Memory, proxy: NewProxy): void {
  refuseTakenLabel(memory, proxy.label);
  const stateSince = instant(memory.now());
  const fresh = { state: "unverified", stateSince, nextProbeAt: undefined, revision: 1 } as const;
  memory.state.proxies.push({ ...proxy, ...fresh });
}

function proxyOf({ state }: Memory, id: ProxyId): Proxy | undefined {
  return itemAt(state.proxies, "id", (proxy) => proxy.id, id);
}

function refuseTakenLabel({ state }: Memory, label: string, except?: string): void {
  const present = itemAt(state.proxies, "label", (proxy) => proxy.label, label);
  if (present === undefined || present.id === except) return;
  throw new UsageError("LAUNCH_ALREADY_EXISTS", `A proxy labelled "${label}" exists already.`);
}

function changed(proxy: Proxy, change: ProxyChange): Proxy {
  const next = { ...proxy, ...change } as Proxy;
  return { ...next, revision: proxy.revision + (isSameIdentity(proxy, next) ? 0 : 1) };
}

function isSameIdentity(left: Proxy, right: Proxy): boolean {
  return isDeepStrictEqual(identityOf(left), identityOf(right));
}

// Two sealed forms of one credential differ at every sealing; the fingerprint tells, except for rows of the seed.
function identityOf({ endpoint, authType, sealed, ca, expectedIp }: Proxy): unknown {
  return {
    endpoint: { ...endpoint },
    authType,
    sealed: sealed?.fingerprint || sealed?.token,
    ca,
    expectedIp,
  };
}
