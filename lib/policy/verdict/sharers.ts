import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { ProxyHealth } from "../../domain/proxy/proxy-health.ts";
import type { VerdictFacts } from "./facts.ts";

/** The other proxies that have the same credential as one proxy, which may be given as it was at several moments. */
export function sharersOf(proxy: readonly Proxy[], all: readonly Proxy[]): readonly Proxy[] {
  const own = new Set(proxy.map(({ id }) => id));
  const fingerprints = new Set(proxy.flatMap(({ sealed }) => sealed?.fingerprint || []));
  return all.filter(
    ({ id, sealed }) => !own.has(id) && sealed !== undefined && fingerprints.has(sealed.fingerprint),
  );
}

/** What one host sees of each of these proxies. */
export function seenFrom(
  hostKey: string,
  proxies: readonly Pick<Proxy, "id">[],
  health: readonly ProxyHealth[],
): VerdictFacts["sharing"] {
  const rows = new Map(health.filter((row) => row.hostKey === hostKey).map((row) => [row.proxyId, row]));
  return proxies.map(({ id }) => ({ proxyId: id, health: rows.get(id) }));
}
