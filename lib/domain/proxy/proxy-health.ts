import type { ProxyId } from "../ids.ts";
import type { Instant } from "../time.ts";

export const healthStates = ["up", "suspect", "down", "auth_failed"] as const;
/** What one host sees of a proxy's transport and credential. */
export type HealthState = (typeof healthStates)[number];

/** One host's view of one proxy. A vendor may refuse one host and serve the next, so no host speaks for another. */
export interface ProxyHealth {
  readonly proxyId: ProxyId;
  /** Names a host with its network: `network.host_key`, else a hash of machine, boot and network namespace. */
  readonly hostKey: string;
  readonly state: HealthState;
  readonly since: Instant;
  /** Failures in a row. */
  readonly failures: number;
  readonly nextProbeAt: Instant | undefined;
  readonly lastOkAt: Instant | undefined;
  readonly latencyMs: number | undefined;
}

/** A host that said nothing of a proxy for this long is forgotten. */
export const healthKeptMs = 7 * 86_400_000;

/** The gravest of some hosts' views; undefined when there is none. */
export function worstHealth(rows: readonly ProxyHealth[]): ProxyHealth | undefined {
  return rows.toSorted((a, b) => healthStates.indexOf(b.state) - healthStates.indexOf(a.state))[0];
}
