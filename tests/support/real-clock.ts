import { instant, monotonic } from "../../lib/domain/time.ts";
import type { Clock } from "../../lib/ports/clock.ts";

/** The machine's own time, for tests that wait for real processes. */
export const realClock: Clock = {
  now: () => instant(Date.now()),
  monotonicMs: () => monotonic(performance.now()),
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};
