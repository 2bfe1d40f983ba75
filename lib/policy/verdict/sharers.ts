import type { Proxy } from "../../domain/proxy/proxy.ts";

/** The other proxies that have the same credential as one proxy, which may be given as it was at several moments. */
export function sharersOf(proxy: readonly Proxy[], all: readonly Proxy[]): readonly Proxy[] {
  const own = new Set(proxy.map(({ id }) => id));
  const fingerprints = new Set(proxy.flatMap(({ sealed }) => sealed?.fingerprint || []));
  return all.filter(
    ({ id, sealed }) => !own.has(id) && sealed !== undefined && fingerprints.has(sealed.fingerprint),
  );
}
