import { type Proxy, type ProxyState, stateOf } from "../../domain/proxy/proxy.ts";
import { type HealthState, type ProxyHealth, worstHealth } from "../../domain/proxy/proxy-health.ts";
import type { Instant } from "../../domain/time.ts";
import { healthAt } from "../eligibility.ts";

/** What a list shows of a proxy, and since when. */
export interface ShownState {
  readonly state: ProxyState | HealthState;
  readonly since: Instant;
}

/** The worse of the two: what holds of the proxy itself, and what this host sees of it, or the other hosts where this one has said nothing. */
export function shownState(
  proxy: Proxy,
  health: readonly ProxyHealth[],
  { hostKey, now }: { readonly hostKey: string; readonly now: Instant },
): ShownState {
  const state = stateOf(proxy, now);
  const seen = healthAt(health, hostKey) ?? worstHealth(health);
  const isSaidAlready = state === "disabled" || state === "expired" || state === "drifted";
  if (isSaidAlready || seen === undefined || seen.state === "up") return { state, since: proxy.stateSince };
  return { state: seen.state, since: seen.since };
}
