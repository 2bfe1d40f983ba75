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
  const length = lengthOf(text);
  const ago = length === undefined ? undefined : instant(now - length);
  const found = ago ?? shownTimes(text, now).findLast((at) => at <= now) ?? parseInstant(text);
  if (found === undefined) throw noMoment(text, flag);
  // A table's times are those of this clock: copied without their offset they are read as UTC, which may be hours ahead.
  if (found > now) throw wrongSide(text, flag, { is: "still to come", now });
  return found;
}

/** The same for a moment that is to come: a length of time from now, or the next time that a clock here shows it. */
export function readFuture(text: string, flag: string, now: Instant): Instant {
  const length = lengthOf(text);
  const ahead = length === undefined ? undefined : instant(now + length);
  const found = ahead ?? shownTimes(text, now).find((at) => at > now) ?? parseInstant(text);
  if (found === undefined) throw noMoment(text, flag);
  if (found <= now) throw wrongSide(text, flag, { is: "over", now });
  return found;
}

function lengthOf(text: string): number | undefined {
  const [, count] = days.exec(text.trim()) ?? [];
  return count === undefined ? parseDuration(text.trim()) : Number(count) * 86_400_000;
}

/** A clock that is put back by as much shows the times before it twice. */
const putBackByMs = [0, 1_800_000, 3_600_000] as const;

// When a clock here shows it in the days around now, in order: not on a day that leaves it out, twice on one that repeats it.
function shownTimes(text: string, now: Instant): readonly Instant[] {
  const [, hour = "", minute = "", second = "0"] = clockTime.exec(text.trim()) ?? [];
  if (hour === "" || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return [];
  const today = new Date(now);
  return [-2, -1, 0, 1, 2].flatMap((day) => {
    const first = new Date(today.getFullYear(), today.getMonth(), today.getDate() + day);
    const date = first.getDate();
    first.setHours(Number(hour), Number(minute), Number(second));
    return putBackByMs
      .map((ms) => new Date(first.getTime() + ms))
      .filter(
        (at) => at.getDate() === date && at.getHours() === Number(hour) && at.getMinutes() === Number(minute),
      )
      .map((at) => instant(at.getTime()));
  });
}

function wrongSide(
  text: string,
  flag: string,
  { is, now }: { readonly is: string; readonly now: Instant },
): UsageError {
  const message = `${flag} ${text} is ${is}: here it is ${new Date(now).toISOString()}.`;
  return new UsageError("LAUNCH_INVALID_VALUE", message, {
    hint: `A time without an offset is UTC; write your own as 2026-05-01T14:03:00+02:00, or as ${flag} 14:03.`,
  });
}

function noMoment(text: string, flag: string): UsageError {
  return new UsageError("LAUNCH_INVALID_VALUE", `${flag} ${text} is not a moment.`, {
    hint: `Write it as ${flag} 90m, ${flag} 14:03 or ${flag} 2026-05-01T14:03:00+02:00.`,
  });
}
