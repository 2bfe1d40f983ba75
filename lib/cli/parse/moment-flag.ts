import { parseDuration } from "../../config/duration.ts";
import { parseInstant } from "../../domain/proxy/instant-text.ts";
import { type Instant, instant } from "../../domain/time.ts";
import { UsageError } from "../../errors.ts";

const clockTime = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const days = /^(\d{1,4})d$/;

/**
 * Reads a moment of the past as people type it: RFC 3339, a date, a length of time ago (`90m`, `2d`), or the time of a clock (`14:03`),
 * which is the last time that a clock here showed it. Throws UsageError, which names the flag.
 */
export function readMoment(text: string, flag: string, now: Instant): Instant {
  const found = agoOf(text, now) ?? timeOf(text, now) ?? parseInstant(text);
  if (found !== undefined) return found;
  throw refusal(text, flag);
}

/** The same for a moment that is to come: a length of time from now, or the next time that a clock here shows it. */
export function readFuture(text: string, flag: string, now: Instant): Instant {
  const length = lengthOf(text);
  if (length !== undefined) return instant(now + length);
  const today = timeOf(text, now);
  const found = today === undefined ? parseInstant(text) : instant(today + 86_400_000);
  if (found !== undefined) return found;
  throw refusal(text, flag);
}

function agoOf(text: string, now: Instant): Instant | undefined {
  const length = lengthOf(text);
  return length === undefined ? undefined : instant(now - length);
}

function lengthOf(text: string): number | undefined {
  const [, count] = days.exec(text.trim()) ?? [];
  return count === undefined ? parseDuration(text.trim()) : Number(count) * 86_400_000;
}

function timeOf(text: string, now: Instant): Instant | undefined {
  const [, hour = "", minute = "", second = "0"] = clockTime.exec(text.trim()) ?? [];
  if (hour === "" || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const at = new Date(now);
  at.setHours(Number(hour), Number(minute), Number(second), 0);
  if (at.getTime() > now) at.setDate(at.getDate() - 1);
  return instant(at.getTime());
}

function refusal(text: string, flag: string): UsageError {
  return new UsageError("LAUNCH_INVALID_VALUE", `${flag} ${text} is not a moment.`, {
    hint: `Write it as ${flag} 90m, ${flag} 14:03 or ${flag} 2026-05-01T14:03:00+02:00.`,
  });
}
