import type { Proxy, Upstream } from "../../domain/proxy/proxy.ts";
import type { Vault } from "../../ports/vault.ts";

/** Opens the proxy's credential for the relay; undefined when it cannot be opened with the present keys. */
export function upstreamOf(vault: Vault, { id, label, endpoint, sealed }: Proxy): Upstream | undefined {
  if (sealed === undefined) return { label, endpoint, credential: undefined };
  const opened = vault.open(sealed, { id, label, scheme: endpoint.scheme });
  return opened.kind === "opened" ? { label, endpoint, credential: opened.credential } : undefined;
}
