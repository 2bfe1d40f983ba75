import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { ProxyEndpoint } from "../../domain/proxy/proxy-endpoint.ts";

const mostGateways = 3;

/** Gateways of other vendors than those tried, at most three: where they accept a connection, this host has a network. */
export function otherGateways(
  tried: readonly Pick<Proxy, "endpoint" | "provider">[],
  pool: readonly Proxy[],
): readonly ProxyEndpoint[] {
  const hosts = new Set(tried.map(({ endpoint }) => endpoint.host));
  const vendors = new Set(tried.flatMap(({ provider }) => provider ?? []));
  const others = new Map<string, ProxyEndpoint>();
  for (const { endpoint, provider, isActive } of pool) {
    const isOther = !hosts.has(endpoint.host) && (provider === undefined || !vendors.has(provider));
    if (isActive && isOther && !others.has(endpoint.host)) others.set(endpoint.host, endpoint);
  }
  return [...others.values()].slice(0, mostGateways);
}
