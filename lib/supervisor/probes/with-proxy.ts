import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { LauncherSettings } from "../../domain/run/run-settings.ts";
import type { Relay } from "../../ports/relay.ts";
import { upstreamOf, withProbeRelay } from "../exit/probe-relay.ts";
import type { RunnerPorts } from "../unit/ports.ts";

/** What probing works with: what a launcher keeps for all its units. */
export interface ProberPorts extends Omit<RunnerPorts, "leases"> {
  /** Aborts with the launcher's end: what is asked then says nothing of the proxy. */
  readonly over: AbortSignal;
}

/** Gives the work a relay of the launcher's own through the proxy; undefined where its credential cannot be opened here. */
export async function withProxy<T>(
  ports: Pick<ProberPorts, "relays" | "random" | "vault">,
  { publicRanges }: Pick<LauncherSettings, "publicRanges">,
  proxy: Proxy,
  work: (relay: Relay) => Promise<T>,
): Promise<T | undefined> {
  const upstream = upstreamOf(ports.vault, proxy);
  if (upstream === undefined) return undefined;
  return withProbeRelay(ports, { unit: { name: proxy.label }, publicRanges }, (relay) => {
    relay.setUpstream(upstream);
    return work(relay);
  });
}
