import type { ProxyId } from "../../domain/ids.ts";
import type { ProxyHealth } from "../../domain/proxy/proxy-health.ts";
import { probeEveryMs } from "../../domain/reputation/probe-times.ts";
import type { Instant } from "../../domain/time.ts";
import type { Change } from "../../domain/verdict/change.ts";
import type { Evidence, Sighting } from "../../domain/verdict/evidence.ts";
import { needsControl } from "../who-failed.ts";
import type { Guard, VerdictFacts } from "./facts.ts";
import { checkOf, eventOf } from "./records.ts";

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

/** Three in a row take a proxy down and two bring it up (HAProxy's fall and rise); what is in between is looked at quickly. */
const fall = 3;
const suspectMs = 2_000;
const downMs = { base: 15_000, cap: 300_000 };
/** Spreads the probes of many launchers: ±20 %. */
const jitter = 0.2;

type Probe = Extract<Evidence, { readonly kind: "probe-passed" | "probe-failed" }>;

/** What a background probe changes for this host. It comes again and again: what marks nobody is not told each time. */
export function probeChanges(
  sighting: Sighting,
  facts: VerdictFacts,
  probe: Probe,
  { guard, now }: { readonly guard: Guard; readonly now: Instant },
): readonly Change[] {
  const moment = { now, random01: guard.random01 };
  if (probe.kind === "probe-passed") return probePassed(sighting, facts, probe.tookMs, moment);
  const { failure } = probe;
  const isLocal = failure.scope === "host" || (needsControl(failure) && guard.control === "silent");
  if (isLocal || failure.remedy !== undefined || facts.incident !== undefined) return [];
  if (failure.kind === "auth") return refused(sighting, facts, failure.message, now);
  return probeFailed(sighting, facts, failure.message, moment);
}

interface ProbeMoment {
  readonly now: Instant;
  readonly random01: number;
}

// Answered: up, or on its way there.
function probePassed(
  sighting: Sighting,
  facts: VerdictFacts,
  tookMs: number,
  moment: ProbeMoment,
): readonly Change[] {
  const { health, proxy } = facts;
  const { now } = moment;
  // The first success behind failures is not believed alone; it is told by a count of zero.
  const isFirst = health !== undefined && health.state !== "up" && health.failures > 0;
  const state = isFirst && health.state !== "auth_failed" ? "suspect" : "up";
  const next = {
    state,
    failures: 0,
    nextProbeAt: after(state === "up" ? probeEveryMs.transport : suspectMs, moment),
    lastOkAt: now,
    latencyMs: tookMs,
  } as const;
  const isBack = state === "up" && health !== undefined && health.state !== "up";
  const event = isBack
    ? {
        ...eventOf(sighting, facts, { kind: "proxy.up", why: "answers again", now }),
        severity: "info" as const,
      }
    : undefined;
  const change = healthChange(sighting, proxy.id, health, { now, next, event });
  return isBack ? [checkOf(sighting, facts, now), change] : [change];
}

// Suspect at first, down after three in a row.
function probeFailed(
  sighting: Sighting,
  facts: VerdictFacts,
  why: string,
  moment: ProbeMoment,
): readonly Change[] {
  const { health, proxy } = facts;
  const failures = (health?.failures ?? 0) + 1;
  const wasDown = health?.state === "down";
  const isDown = wasDown || failures >= fall;
  const wait = isDown ? Math.min(downMs.cap, downMs.base * 2 ** Math.max(0, failures - fall)) : suspectMs;
  const next = {
    state: isDown ? "down" : "suspect",
    failures,
    nextProbeAt: after(wait, moment),
  } as const;
  const { now } = moment;
  const event = isDown && !wasDown ? eventOf(sighting, facts, { kind: "proxy.down", why, now }) : undefined;
  const change = healthChange(sighting, proxy.id, health, { now, next, event });
  return event === undefined ? [change] : [checkOf(sighting, facts, now), change];
}

function after(ms: number, { now, random01 }: ProbeMoment): Instant {
  return (now + Math.round(ms * (1 - jitter + 2 * jitter * random01))) as Instant;
}
