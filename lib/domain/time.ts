import type { Brand } from "./brand.ts";

/** Milliseconds since the Unix epoch on the wall clock of whoever read it. */
export type Instant = Brand<number, "Instant">;
/** Milliseconds on one process's own monotonic clock; never stored, never compared between processes. */
export type MonotonicMs = Brand<number, "MonotonicMs">;

/** Brands a number of epoch milliseconds. */
export function instant(epochMs: number): Instant {
  return epochMs as Instant;
}

/** Brands a reading of the monotonic clock. */
export function monotonic(ms: number): MonotonicMs {
  return ms as MonotonicMs;
}

const units = [
  { ms: 86_400_000, word: "d" },
  { ms: 3_600_000, word: "h" },
  { ms: 60_000, word: "min" },
  { ms: 1_000, word: "s" },
] as const;

/** Says a duration the way people read an age: "41 s", "3 h", "2 d"; below a second "0 s". */
export function describeDuration(ms: number): string {
  const unit = units.find((candidate) => ms >= candidate.ms) ?? units[3];
  return `${Math.floor(Math.max(0, ms) / unit.ms)} ${unit.word}`;
}

/** Says how long something still takes: like an age, but a small number is followed by the next unit, as in "1 h 59 min" or "6 d 23 h". */
export function describeWait(ms: number): string {
  const unit = units.findIndex((candidate) => ms >= candidate.ms);
  const [larger, smaller] = [units[unit], units[unit + 1]];
  if (larger === undefined || smaller === undefined || ms >= 10 * larger.ms) return describeDuration(ms);
  const rest = ms % larger.ms;
  return rest < smaller.ms
    ? describeDuration(ms)
    : `${describeDuration(ms - rest)} ${Math.floor(rest / smaller.ms)} ${smaller.word}`;
}
