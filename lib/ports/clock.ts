import type { Instant, MonotonicMs } from "../domain/time.ts";

/** Time and timers; tests drive a fake one. */
export interface Clock {
  now(): Instant;
  monotonicMs(): MonotonicMs;
  /** Calls `work` once after `delayMs`, unless the returned function is called before. */
  after(delayMs: number, work: () => void): () => void;
}

/** Randomness as the supervisor needs it: uuids and a number in [0, 1). */
export interface Random {
  uuid(): string;
  random01(): number;
}
