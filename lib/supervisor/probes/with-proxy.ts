import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { LauncherSettings } from "../../domain/run/run-settings.ts";
import type { Relay } from "../../ports/relay.ts";
import type { RunnerPorts } from "../unit/ports.ts";

/** What probing works with: what a launcher keeps for all its units. */
export type ProberPorts = Omit<RunnerPorts, "leases">;

/** Gives the work a relay of the launcher's own through the proxy; undefined where its credential cannot be opened here. */
export async function withProxy<T>(
  { relays, random, vault }: Pick<ProberPorts, "relays" | "random" | "vault">,
  { publicRanges }: Pick<LauncherSettings, "publicRanges">,
  { id, label, endpoint, sealed, ca }: Proxy,
  work: (relay: Relay) => Promise<T>,
): Promise<T | undefined> {
  const opened =
    sealed === undefined ? undefined : vault.open(sealed, { id, label, scheme: endpoint.scheme });
  if (opened?.kind === "unopenable") return undefined;
  const relay = await relays.open({
    name: `${label} (probe)`,
    token: random.uuid().replaceAll("-", ""),
    local: [],
    publicRanges,
    onEvent: () => {},
  });
  try {
    relay.setUpstream({ label, endpoint, ca, credential: opened?.credential });
    return await work(relay);
  } finally {
    await relay.close();
  }
}
