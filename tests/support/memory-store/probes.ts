import type { ProxyId } from "../../../lib/domain/ids.ts";
import { exitKeyOf } from "../../../lib/domain/ip.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import { instant } from "../../../lib/domain/time.ts";
import type {
  DueProxy,
  DueVenue,
  ProbeClaim,
  ProbeStore,
} from "../../../lib/ports/store/reputation/probe-store.ts";
import { itemAt, replaceWhere } from "./rows.ts";
import type { Memory } from "./state.ts";

/** Something to probe, and since when. */
type Waiting<T> = readonly [since: number, what: T];

export function memoryProbes(memory: Memory): ProbeStore {
  return {
    claimTransport: async (claim) => claimTransport(memory, claim),
    claimExits: async (claim) => claimExits(memory, claim),
    claimVenues: async (claim) => claimVenues(memory, claim),
  };
}

function due<T>({ now }: Memory, waiting: readonly Waiting<T>[], limit: number): readonly T[] {
  const ready = waiting.filter(([since]) => since <= now()).toSorted(([a], [b]) => a - b);
  return ready.slice(0, limit).map(([, what]) => what);
}

function mine(
  { state, now }: Memory,
  { accountIds }: Pick<ProbeClaim, "accountIds">,
): readonly Omit<DueProxy, "health">[] {
  const found = new Map<ProxyId, Omit<DueProxy, "health">>();
  for (const { accountId, proxyId, status } of state.assignments.toSorted(
    (a, b) => a.priority - b.priority,
  )) {
    const proxy = itemAt(state.proxies, "id", ({ id }) => id, proxyId);
    if (!accountIds.includes(accountId) || status === "disabled" || proxy === undefined) continue;
    if (!proxy.isActive || (proxy.expiresAt ?? Infinity) <= now()) continue;
    const isLeased = state.exits.some((row) => row.proxyId === proxyId);
    if (!found.has(proxyId)) found.set(proxyId, { proxy, accountId, isLeased });
  }
  return [...found.values()];
}

function claimTransport(
  memory: Memory,
  { hostKey, leaseMs, restMs, limit, accountIds }: ProbeClaim & { readonly hostKey: string },
): readonly DueProxy[] {
  const { state } = memory;
  const isOf = (id: ProxyId) => (row: { readonly proxyId: ProxyId; readonly hostKey: string }) =>
    row.proxyId === id && row.hostKey === hostKey;
  const waiting = mine(memory, { accountIds }).map((each): Waiting<DueProxy> => {
    const row = state.health.find(isOf(each.proxy.id));
    const seen = row && Math.max(row.since, row.lastOkAt ?? 0) + restMs;
    const claimed = state.claims.get(`${each.proxy.id} ${hostKey}`);
    return [row?.nextProbeAt ?? seen ?? claimed ?? -Infinity, each];
  });
  const nextProbeAt = instant(memory.now() + leaseMs);
  const claimed = due(memory, waiting, limit);
  for (const { proxy } of claimed) {
    state.claims.set(`${proxy.id} ${hostKey}`, nextProbeAt);
    state.health = replaceWhere(state.health, isOf(proxy.id), (row) => ({ ...row, nextProbeAt }));
  }
  return claimed;
}

function claimExits(memory: Memory, { leaseMs, restMs, limit, accountIds }: ProbeClaim): readonly DueProxy[] {
  const waiting = mine(memory, { accountIds }).map((each): Waiting<DueProxy> => {
    const seen = memory.state.lastExits.get(each.proxy.id)?.at;
    const since = each.proxy.nextProbeAt ?? (seen && seen + restMs) ?? -Infinity;
    return [since, each];
  });
  const nextProbeAt = instant(memory.now() + leaseMs);
  return due(memory, waiting, limit).map((each) => {
    const isIt = ({ id }: Proxy) => id === each.proxy.id;
    memory.state.proxies = replaceWhere(memory.state.proxies, isIt, (row) => ({ ...row, nextProbeAt }));
    return { ...each, proxy: { ...each.proxy, nextProbeAt } };
  });
}

function claimVenues(
  memory: Memory,
  { leaseMs, restMs, limit, accountIds }: ProbeClaim,
): readonly DueVenue[] {
  const { state } = memory;
  const waiting = mine(memory, { accountIds }).flatMap((each): readonly Waiting<DueVenue>[] => {
    const exitIp = state.lastExits.get(each.proxy.id)?.ip;
    const account = state.accounts.find(({ id }) => id === each.accountId);
    if (exitIp === undefined || account === undefined) return [];
    const exitKey = exitKeyOf(exitIp);
    const here = state.reputations.filter((row) => row.exitKey === exitKey);
    const isAny = account.venues.some((venue) => venue === "any");
    return (isAny ? here.map(({ venue }) => venue) : account.venues).flatMap((venue) => {
      const reputation = here.find((row) => row.venue === venue);
      const since = reputation?.nextProbeAt ?? (reputation && reputation.since + restMs) ?? -Infinity;
      const isWatched = each.isLeased || (reputation !== undefined && reputation.state !== "clear");
      return isWatched ? [[since, { ...each, venue, exitIp, reputation }]] : [];
    });
  });
  const claimed = due(memory, waiting, limit);
  const since = instant(memory.now());
  const nextProbeAt = instant(memory.now() + leaseMs);
  const fresh = { state: "clear", because: undefined, untilAt: undefined, failures: 0, cleanMs: 0 } as const;
  for (const { exitIp, venue, reputation } of claimed) {
    const exitKey = exitKeyOf(exitIp);
    state.reputations = [
      ...state.reputations.filter((row) => row.exitKey !== exitKey || row.venue !== venue),
      { exitKey, exitIp, venue, ...fresh, since, ...reputation, nextProbeAt },
    ];
  }
  return claimed;
}
