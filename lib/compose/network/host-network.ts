import { networkControl } from "../../adapters/exit-witness/network-control.ts";
import type { LaunchConfig } from "../../config/launch-config.ts";
import { otherGateways } from "../../policy/verdict/other-gateways.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ExitWitness, NetworkControl } from "../../ports/exit-witness.ts";
import type { Store } from "../../ports/store/store.ts";

/** What tells a dead proxy from a dead network on this host. */
export function openControl(
  { network: { witnesses, isDirectAllowed } }: LaunchConfig,
  witness: ExitWitness,
  openStore: () => Promise<Store>,
  clock: Clock,
): NetworkControl {
  const gateways = async (tried: Parameters<NetworkControl["ask"]>[0]) =>
    otherGateways(tried, await (await openStore()).proxies.list());
  return networkControl({ witness, witnesses, gateways: isDirectAllowed ? undefined : gateways }, clock);
}

/** The witnesses that may be asked without a proxy: none where the host lets nothing but proxies through. */
export function directWitnesses({ network }: LaunchConfig): readonly string[] {
  return network.isDirectAllowed ? network.witnesses : [];
}
