import { type Instant, instant } from "../time.ts";

const leastMs = 1_000;
const mostMs = 7 * 86_400_000;

/** The time that a venue or a bot names, as far as it is believed: at least a second ahead, at most 7 days. */
export function untilWithin(untilAt: Instant, now: Instant): Instant {
  return instant(Math.min(now + mostMs, Math.max(now + leastMs, untilAt)));
}
