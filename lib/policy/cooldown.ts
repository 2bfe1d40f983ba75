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
  /** Clean time on the exit that takes one strike off. */
  strikeDecayMs: 86_400_000,
} as const;

/** The part of an assignment that remembers its failures. */
export type Standing = Pick<Assignment, "status" | "strikes" | "cooldownUntil">;

/** How long the nth loss in a row keeps an assignment out: 60 s·2^(strikes−1) ±10 %, at most an hour; `unit` is in [0, 1). */
export function cooldownMs(strikes: number, unit: number): number {
  const { baseMs, capMs, jitter } = cooldownTimes;
  const whole = Math.min(capMs, baseMs * 2 ** (Math.max(1, strikes) - 1));
  return Math.min(capMs, Math.round(whole * (1 - jitter + 2 * jitter * unit)));
}

/** The standing after a loss by transport or drift; a later end that is already known is never brought forward. */
export function strike(standing: Standing, nowMs: Instant, unit: number): Standing {
  const strikes = standing.strikes + 1;
  const until = Math.max(standing.cooldownUntil ?? 0, nowMs + cooldownMs(strikes, unit)) as Instant;
  return { strikes, cooldownUntil: until, status: isOperators(standing) ? standing.status : "cooling" };
}

/**
 * The standing after `cleanMs` on the exit without a failure, counted from the standing at the start of that time:
 * probation ends after ten minutes, one strike goes every 24 h.
 */
export function recover(atStart: Standing, cleanMs: number): Standing {
  const strikes = Math.max(0, atStart.strikes - Math.floor(cleanMs / cooldownTimes.strikeDecayMs));
  if (cleanMs < cooldownTimes.probationMs) {
    const isBack = atStart.cooldownUntil !== undefined && !isOperators(atStart);
    return { ...atStart, strikes, status: isBack ? "probation" : atStart.status };
  }
  return {
    strikes,
    cooldownUntil: undefined,
    status: isOperators(atStart) ? atStart.status : "active",
  };
}

// What an operator or a venue's verdict set is not ours to change.
function isOperators({ status }: Standing): boolean {
  return status === "held" || status === "disabled" || status === "quarantined";
}
