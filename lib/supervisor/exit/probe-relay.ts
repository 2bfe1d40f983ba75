import type { Proxy, Upstream } from "../../domain/proxy/proxy.ts";
import type { LauncherSettings } from "../../domain/run/run-settings.ts";
import type { Relay } from "../../ports/relay.ts";
import type { Vault } from "../../ports/vault.ts";
import type { RunnerPorts } from "../unit/ports.ts";

/** Gives the work a relay of the launcher's own, beside the bot's: what is asked of another proxy of the account disturbs nobody. */
export async function withProbeRelay<T>(
  { relays, random }: Pick<RunnerPorts, "relays" | "random">,
  {
    unit,
    publicRanges,
  }: { readonly unit: { readonly name: string } } & Pick<LauncherSettings, "publicRanges">,
  work: (relay: Relay) => Promise<T>,
): Promise<T> {
  const relay = await relays.open({
    name: `${unit.name} (probe)`,
    token: random.uuid().replaceAll("-", ""),
    local: [],
    publicRanges,
    onEvent: () => {},
  });
  try {
    return await work(relay);
  } finally {
    await relay.close();
  }
}

/** Opens the proxy's credential for a relay; undefined when it cannot be opened with the present keys. */
export function upstreamOf(
  vault: Pick<Vault, "open">,
  { id, label, endpoint, sealed, ca }: Proxy,
): Upstream | undefined {
  const opened = sealed && vault.open(sealed, { id, label, scheme: endpoint.scheme });
  return opened?.kind === "unopenable" ? undefined : { label, endpoint, ca, credential: opened?.credential };
}
