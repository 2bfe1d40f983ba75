import type { ProxyId } from "../../domain/ids.ts";
import type { ProxyHealth } from "../../domain/proxy/proxy-health.ts";
import type { Instant } from "../../domain/time.ts";
import type { Change } from "../../domain/verdict/change.ts";
import type { Evidence, Sighting } from "../../domain/verdict/evidence.ts";
import type { VerdictFacts } from "./facts.ts";
import { eventOf } from "./records.ts";

/** A good answer is written again only after this long, so that a host in use is not forgotten and no proof costs a write. */
const okRefreshMs = 86_400_000;
/** When a proxy that nobody's cooldown waits for is tried again. */
const probeAfterMs = 300_000;

interface Blame {
  readonly why: string;
  /** When the assignment that met it comes back; undefined for a check that no account asked for. */
  readonly untilAt: Instant | undefined;
}

/** The expected exit was seen: the proxy is what it should be, and this host reaches it. */
export function answered(
  sighting: Sighting,
  facts: VerdictFacts,
  { proof, pins, tookMs }: Extract<Evidence, { readonly kind: "exit-proven" }>,
  now: Instant,
): readonly Change[] {
  const { proxy } = facts;
  const { state, revision } = proxy;
  const isNews = state === "unverified" || state === "drifted";
  if (!isNews && !pins) return reached(sighting, facts, tookMs, now);
  const next = isNews
    ? { state: "ok" as const, stateSince: now, nextProbeAt: undefined }
    : { state, stateSince: proxy.stateSince, nextProbeAt: proxy.nextProbeAt };
  const pin = pins ? proof.exitIps[0] : undefined;
  return [
    { on: "proxy", id: proxy.id, expected: { state, revision }, next, pin },
    ...reached(sighting, facts, tookMs, now),
  ];
}

/** Another exit than the expected one: true for every host, and the transport works all the same. */
export function wentWrong(
  sighting: Sighting,
  facts: VerdictFacts,
  { why, untilAt }: Blame,
  now: Instant,
): readonly Change[] {
  const { proxy } = facts;
  const { state, revision } = proxy;
  const event = eventOf(sighting, facts, { kind: "proxy.drifted", why, now });
  const stateSince = state === "drifted" ? proxy.stateSince : now;
  const next = { state: "drifted" as const, stateSince, nextProbeAt: untilAt };
  // An operator's or a rent's end says more than what it shows.
  if (state === "disabled" || state === "expired") return [{ on: "history", event }];
  return [
    { on: "proxy", id: proxy.id, expected: { state, revision }, next, event },
    ...reached(sighting, facts, undefined, now),
  ];
}

/** This host cannot use it: down where an account met it, suspect after a check alone. */
export function failed(
  sighting: Sighting,
  facts: VerdictFacts,
  { why, untilAt }: Blame,
  now: Instant,
): readonly Change[] {
  const { health } = facts;
  const isDown = untilAt !== undefined || health?.state === "down";
  const event = eventOf(sighting, facts, { kind: "proxy.down", why, now });
  const next = {
    state: isDown ? ("down" as const) : ("suspect" as const),
    failures: (health?.failures ?? 0) + 1,
    nextProbeAt: untilAt ?? ((now + probeAfterMs) as Instant),
  };
  return [healthChange(sighting, facts.proxy.id, health, { now, next, event })];
}

/** The credential was refused: on this host, for every proxy that has it. */
export function refused(
  sighting: Sighting,
  facts: VerdictFacts,
  why: string,
  now: Instant,
): readonly Change[] {
  const event = eventOf(sighting, facts, { kind: "proxy.auth_failed", why, now });
  const all = [{ proxyId: facts.proxy.id, health: facts.health }, ...facts.sharing];
  return all
    .toSorted((a, b) => (a.proxyId < b.proxyId ? -1 : 1))
    .map(({ proxyId, health }) => {
      const next = {
        state: "auth_failed" as const,
        failures: (health?.failures ?? 0) + 1,
        nextProbeAt: undefined,
      };
      const told = proxyId === facts.proxy.id ? event : undefined;
      return healthChange(sighting, proxyId, health, { now, next, event: told });
    });
}

// `up` is written when it changes, not at each proof.
function reached(
  sighting: Sighting,
  { proxy, health }: VerdictFacts,
  latencyMs: number | undefined,
  now: Instant,
): readonly Change[] {
  const isFresh = health?.state === "up" && now - (health.lastOkAt ?? health.since) < okRefreshMs;
  if (isFresh) return [];
  const next = {
    state: "up" as const,
    failures: 0,
    nextProbeAt: undefined,
    lastOkAt: now,
    latencyMs: latencyMs ?? health?.latencyMs,
  };
  return [healthChange(sighting, proxy.id, health, { now, next })];
}

interface HealthNews {
  readonly now: Instant;
  readonly next: Pick<ProxyHealth, "state" | "failures" | "nextProbeAt"> &
    Partial<Pick<ProxyHealth, "lastOkAt" | "latencyMs">>;
  readonly event?: Extract<Change, { readonly on: "health" }>["event"];
}

function healthChange(
  { by }: Sighting,
  proxyId: ProxyId,
  health: ProxyHealth | undefined,
  { now, next, event }: HealthNews,
): Change {
  const since = health !== undefined && health.state === next.state ? health.since : now;
  const { lastOkAt, latencyMs } = health ?? { lastOkAt: undefined, latencyMs: undefined };
  return {
    on: "health",
    expected: health?.state,
    next: { lastOkAt, latencyMs, ...next, proxyId, hostKey: by.hostKey, since },
    event,
  };
}
