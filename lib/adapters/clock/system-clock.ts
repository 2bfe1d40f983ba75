import { randomInt, randomUUID } from "node:crypto";
import { type Instant, instant, type MonotonicMs, monotonic } from "../../domain/time.ts";
import type { Clock, Random } from "../../ports/clock.ts";

/** The host's own clocks and timers; a timer keeps the process alive until it fired or was called off. */
export const systemClock: Clock = {
  now: (): Instant => instant(Date.now()),
  monotonicMs: (): MonotonicMs => monotonic(performance.now()),
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};

const steps = 2 ** 47;

/** Randomness of the operating system: uuids also serve as run tokens, so nothing weaker will do. */
export const systemRandom: Random = {
  uuid: () => randomUUID(),
  random01: () => randomInt(steps) / steps,
};
