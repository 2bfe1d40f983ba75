import type { Instant } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import { type Finding, fine, uncertain } from "./finding.ts";

// Nothing is decided by comparing two clocks; what suffers is reading: ages, cooldowns and log lines of two hosts side by side.
const tolerableSkewMs = 2_000;

/** Compares this host's clock with the database's, half the round trip taken off. */
export async function checkClock(clock: Clock, databaseNow: () => Promise<Instant>): Promise<Finding> {
  const askedAt = clock.now();
  const theirs = await databaseNow();
  const ours = (askedAt + clock.now()) / 2;
  const skewMs = Math.round(ours - theirs);
  if (Math.abs(skewMs) <= tolerableSkewMs) return fine("clock", `${skewMs} ms from the database's`);
  const direction = skewMs > 0 ? "ahead of" : "behind";
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  return uncertain(
    "clock",
    `This host is ${seconds} s ${direction} the database: ages and cooldowns look wrong.`,
    "timedatectl set-ntp true",
  );
}
