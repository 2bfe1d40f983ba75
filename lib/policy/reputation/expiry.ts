import { isQuiet, type QuietHours } from "../../domain/reputation/quiet-hours.ts";
import type { Instant } from "../../domain/time.ts";

const dayMs = 86_400_000;
/** So many days before its end people are warned of a proxy, once each. */
const warnings = [14, 3, 1] as const;
/** A bot leaves a proxy that ends so long before it does. */
const leaveBeforeMs = 3_600_000;
/** With quiet hours set, it leaves in the last of these that come. */
const quietBeforeMs = dayMs;

/** The warning that is due, in days before the end; undefined when there is none. */
export function expiryWarning(expiresAt: Instant, now: Instant): number | undefined {
  const leftMs = expiresAt - now;
  if (leftMs <= 0) return undefined;
  const due = warnings.filter((days) => leftMs <= days * dayMs).at(-1);
  return due;
}

/** Whether a bot that is on the proxy should move to another one now. */
export function isTimeToLeave(
  expiresAt: Instant,
  { now, minuteOfDay }: { readonly now: Instant; readonly minuteOfDay: number },
  quiet: QuietHours | undefined,
): boolean {
  const leftMs = expiresAt - now;
  if (leftMs <= leaveBeforeMs) return true;
  return quiet !== undefined && leftMs <= quietBeforeMs && isQuiet(quiet, minuteOfDay);
}
