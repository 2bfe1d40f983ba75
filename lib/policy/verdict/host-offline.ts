import type { TransportFailure } from "../../domain/proxy/transport.ts";

/** Says in one sentence that this host reaches nothing, and what was tried: proxies by their failures, and the witnesses that were asked without a proxy. */
export function hostOffline(
  failures: readonly TransportFailure[],
  silentWitnesses: readonly string[],
): { readonly reason: string; readonly hint: string } {
  const direct =
    silentWitnesses.length === 0
      ? []
      : [`no witness answered without a proxy (${silentWitnesses.join(", ")})`];
  const tried = [...failures.map(({ message }) => message), ...direct];
  return {
    reason: `This host reaches nothing, so no proxy is blamed: ${tried.join("; ")}.`,
    hint: "Look at this host's network with `launch doctor`; nothing was changed, so it starts again as soon as the network is back.",
  };
}
