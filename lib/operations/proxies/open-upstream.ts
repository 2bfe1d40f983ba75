import type { Proxy, Upstream } from "../../domain/proxy/proxy.ts";
import type { UnopenedCredential } from "../../ports/vault.ts";
import type { Operator } from "../operator.ts";

/** Opens a proxy's credential for whoever goes through it; the keys are read only where there is one. */
export async function openUpstream(
  { openVault }: Pick<Operator, "openVault">,
  { id, label, endpoint, sealed, ca }: Proxy,
): Promise<{ readonly kind: "opened"; readonly upstream: Upstream } | UnopenedCredential> {
  const opened = sealed && (await openVault()).open(sealed, { id, label, scheme: endpoint.scheme });
  if (opened?.kind === "unopenable") return opened;
  return { kind: "opened", upstream: { label, endpoint, ca, credential: opened?.credential } };
}
