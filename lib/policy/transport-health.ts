import type { WitnessAnswer } from "../domain/exit-reading.ts";
import type { MonotonicMs } from "../domain/time.ts";
import type { TransportFailure } from "../domain/transport.ts";

/**
 * Whether the way through one proxy still works, as an account's Runner sees it.
 *
 * good → suspect: one passive failure of the relay or one failed probe. While suspect the proxy is probed every 2 s.
 * suspect → good: two probes in a row pass.
 * suspect → down: three probes in a row failed within the window and a healthy control says that it is not us;
 *   while the control fails too, no failure counts: it is our own line.
 * suspect → refused: the credential was refused, and again when asked 5 s later.
 *
 * Passive evidence only brings probes forward; it decides in neither direction.
 */
export type TransportHealth =
  | { readonly kind: "good" }
  | Suspicion
  | { readonly kind: "down"; readonly failure: TransportFailure }
  | { readonly kind: "refused"; readonly failure: TransportFailure };

interface Suspicion {
  readonly kind: "suspect";
  readonly sinceMs: MonotonicMs;
  /** Probes failed in a row, within the window. */
  readonly failedAt: readonly MonotonicMs[];
  readonly failure: TransportFailure;
  /** Probes passed in a row. */
  readonly passed: number;
  /** The credential was refused once already, at this moment. */
  readonly refusedAt: MonotonicMs | undefined;
  readonly control: { readonly isHealthy: boolean; readonly at: MonotonicMs } | undefined;
}

export const transportTimes = {
  probeEveryMs: 2_000,
  /** Three probes that time out end within 6 s. */
  probeTimeoutMs: 2_000,
  failuresToDown: 3,
  passesToGood: 2,
  /** Failed probes further back say nothing: the machine may have slept between. */
  windowMs: 10_000,
  /** Between a refused credential and the one confirmation: vendors lock out who tries often. */
  confirmRefusalMs: 5_000,
  /** A control older than this is asked again, and one older than the second decides nothing. */
  controlFreshMs: 2_000,
  controlValidMs: 5_000,
} as const;

export type TransportEvent =
  /** A connection of the bot failed at the proxy itself. */
  | { readonly type: "passive-failure"; readonly failure: TransportFailure }
  | ProbeEvent
  /** Whether something else than this proxy can be reached now: a witness without proxy, or another vendor's gateway. */
  | { readonly type: "control"; readonly isHealthy: boolean };

/** How one probe ended, and after how long. */
export type ProbeEvent =
  | { readonly type: "probe-passed"; readonly tookMs: number }
  | { readonly type: "probe-failed"; readonly tookMs: number; readonly failure: TransportFailure }
  /** The probe told nothing about the proxy. */
  | { readonly type: "probe-inconclusive"; readonly tookMs: number };

export interface TransportStep {
  readonly health: TransportHealth;
  /** When to probe next; undefined leaves the present plan as it is. */
  readonly probeInMs: number | undefined;
  /** Ask for a control now, at the same time as the next probe. */
  readonly wantsControl: boolean;
}

export const initialHealth: TransportHealth = { kind: "good" };

/** Takes one event in and says what to do next. */
export function observeTransport(
  health: TransportHealth,
  event: TransportEvent,
  nowMs: MonotonicMs,
): TransportStep {
  if (health.kind === "down" || health.kind === "refused") return stay(health);
  if (health.kind === "good") return fromGood(event, nowMs);
  switch (event.type) {
    case "passive-failure":
      return stay(health);
    case "probe-inconclusive":
      return { ...stay(health), probeInMs: restOfInterval(event) };
    case "probe-passed":
      return passed(health, event);
    case "probe-failed":
      return failed(health, event, nowMs);
    case "control":
      return controlled(health, event.isHealthy, nowMs);
  }
}

/**
 * What one round of witness answers says about the transport: any answer that came through proves it; without one,
 * a failure at the proxy counts, and so do two witnesses that could not be reached through it.
 */
export function probeEventOf(answers: readonly WitnessAnswer[], tookMs: number): ProbeEvent {
  const failures: TransportFailure[] = [];
  for (const answer of answers) {
    if (answer.kind === "seen" || answer.failure === undefined) return { type: "probe-passed", tookMs };
    failures.push(answer.failure);
  }
  const failure = failures.find(({ kind }) => kind === "auth") ?? failures.find(isUpstream) ?? failures[0];
  if (failure === undefined) return { type: "probe-inconclusive", tookMs };
  const isEnough = isUpstream(failure) || new Set(answers.map(({ witness }) => witness)).size > 1;
  return isEnough ? { type: "probe-failed", tookMs, failure } : { type: "probe-inconclusive", tookMs };
}

/** How long to leave a down proxy alone after its nth failed return: 15 s·2^n ±20 %, at most 5 minutes and a fifth. */
export function downProbeDelayMs(failedReturns: number, unit: number): number {
  const whole = Math.min(300_000, 15_000 * 2 ** Math.max(0, failedReturns));
  return Math.round(whole * (0.8 + 0.4 * unit));
}

function isUpstream(failure: TransportFailure): boolean {
  return failure.scope === "upstream";
}

function stay(health: TransportHealth): TransportStep {
  return { health, probeInMs: undefined, wantsControl: false };
}

function fromGood(event: TransportEvent, nowMs: MonotonicMs): TransportStep {
  if (event.type !== "passive-failure" && event.type !== "probe-failed") return stay(initialHealth);
  const suspicion: Suspicion = {
    kind: "suspect",
    sinceMs: nowMs,
    failedAt: [],
    failure: event.failure,
    passed: 0,
    refusedAt: undefined,
    control: undefined,
  };
  if (event.type === "probe-failed") return failed(suspicion, event, nowMs);
  return { health: suspicion, probeInMs: 0, wantsControl: true };
}

function passed(health: Suspicion, event: ProbeEvent): TransportStep {
  if (health.passed + 1 >= transportTimes.passesToGood) return stay(initialHealth);
  const next = { ...health, passed: health.passed + 1, failedAt: [], refusedAt: undefined };
  return { health: next, probeInMs: restOfInterval(event), wantsControl: false };
}

function failed(
  health: Suspicion,
  event: ProbeEvent & { readonly failure: TransportFailure },
  nowMs: MonotonicMs,
): TransportStep {
  const { failure } = event;
  if (failure.kind === "auth") return refused(health, failure, nowMs);
  const failedAt = health.control?.isHealthy === false ? [] : [...health.failedAt, nowMs];
  return decide({ ...health, failure, failedAt, passed: 0 }, nowMs, restOfInterval(event));
}

// A refusal is the vendor's clear word, not an outage: no control, one confirmation, no further try.
function refused(health: Suspicion, failure: TransportFailure, nowMs: MonotonicMs): TransportStep {
  const { refusedAt } = health;
  const { confirmRefusalMs } = transportTimes;
  if (refusedAt === undefined) {
    const next = { ...health, failure, passed: 0, refusedAt: nowMs };
    return { health: next, probeInMs: confirmRefusalMs, wantsControl: false };
  }
  const waitMs = refusedAt + confirmRefusalMs - nowMs;
  if (waitMs > 0) return { health, probeInMs: waitMs, wantsControl: false };
  return stay({ kind: "refused", failure });
}

function controlled(health: Suspicion, isHealthy: boolean, nowMs: MonotonicMs): TransportStep {
  const failedAt = isHealthy ? health.failedAt : [];
  return decide({ ...health, failedAt, control: { isHealthy, at: nowMs } }, nowMs, undefined);
}

function decide(health: Suspicion, nowMs: MonotonicMs, probeInMs: number | undefined): TransportStep {
  const { control } = health;
  const failedAt = health.failedAt.filter((at) => at > nowMs - transportTimes.windowMs);
  const ageMs = control === undefined ? Number.POSITIVE_INFINITY : nowMs - control.at;
  const isControlled = control?.isHealthy === true && ageMs <= transportTimes.controlValidMs;
  const isCounted = failedAt.length >= transportTimes.failuresToDown;
  if (isCounted && isControlled) return stay({ kind: "down", failure: health.failure });
  return { health: { ...health, failedAt }, probeInMs, wantsControl: ageMs >= transportTimes.controlFreshMs };
}

// Probes begin every 2 s however long each takes, so that three time-outs fit into 6 s.
function restOfInterval({ tookMs }: ProbeEvent): number {
  return Math.max(0, transportTimes.probeEveryMs - tookMs);
}
