import type { Assignment } from "../domain/assignment.ts";
import type { Instant } from "../domain/time.ts";

/** Base and cap are told in docs/architecture.md, Proof; the rest is research on how systems that rotate let an address back. */
export const cooldownTimes = {
  baseMs: 60_000,
  capMs: 3_600_000,
  /** How much of the wait is random, so that accounts that lost one vendor together do not return together. */
  jitter: 0.1,
  /** Clean time on the exit after which probation is over. */
  probationMs: 600_000,
  /** Clean time on the exit that takes one failure off. */
  failureDecayMs: 86_400_000,
} as const;

/** The part of an assignment that remembers its failures. */
export type AssignmentHealth = Pick<Assignment, "status" | "failures" | "cooldownUntil">;

/** How long the nth loss in a row keeps an assignment out: 60 s·2^(failures−1) ±10 %, at most an hour; `random01` is in [0, 1). */
export function cooldownMs(failures: number, random01: number): number {
  const { baseMs, capMs, jitter } = cooldownTimes;
  const whole = Math.min(capMs, baseMs * 2 ** (Math.max(1, failures) - 1));
  return Math.min(capMs, Math.round(whole * (1 - jitter + 2 * jitter * random01)));
}

/** The health of an assignment after a loss by transport or drift; a later end that is already known is never brought forward. */
export function addFailure(health: AssignmentHealth, nowMs: Instant, random01: number): AssignmentHealth {
  const failures = health.failures + 1;
  const until = Math.max(health.cooldownUntil ?? 0, nowMs + cooldownMs(failures, random01)) as Instant;
  return { failures, cooldownUntil: until, status: isOperators(health) ? health.status : "cooling" };
}

/**
 * The health of an assignment after `cleanMs` on its exit without a failure, counted from its health at the start of that time:
 * probation ends after ten minutes, one failure goes every 24 h.
 */
export function recover(atStart: AssignmentHealth, cleanMs: number): AssignmentHealth {
  const failures = Math.max(0, atStart.failures - Math.floor(cleanMs / cooldownTimes.failureDecayMs));
  if (cleanMs < cooldownTimes.probationMs) {
    const isBack = atStart.cooldownUntil !== undefined && !isOperators(atStart);
    return { ...atStart, failures, status: isBack ? "probation" : atStart.status };
  }
  return {
    failures,
    cooldownUntil: undefined,
    status: isOperators(atStart) ? atStart.status : "active",
  };
}

// What an operator or a venue's verdict set is not ours to change.
function isOperators({ status }: AssignmentHealth): boolean {
  return status === "held" || status === "disabled" || status === "quarantined";
}
