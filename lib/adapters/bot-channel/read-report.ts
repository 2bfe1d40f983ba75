import { type Instant, instant } from "../../domain/time.ts";
import { type BotReport, botReports } from "../../ports/bot-channel.ts";
import { type Fields, isShortText, isText } from "./fields.ts";

const mostReasonCharacters = 300;
/** Epoch seconds reach this in the year 5138, epoch milliseconds left it in 1973. */
const firstMilliseconds = 100_000_000_000;

/** What a report says; undefined when a part of it has a wrong shape: a report that is half understood could move a bot. */
export function readReport({ what, venue, until, why }: Fields): BotReport | undefined {
  const known = botReports.find((report) => report === what);
  const untilAt = until === undefined || until === null ? undefined : readInstant(until);
  const isRefused = known === undefined || untilAt === "none" || !mayBeVenue(venue) || !mayBeText(why);
  if (isRefused) return undefined;
  return { what: known, venue: venue?.toLowerCase() ?? undefined, untilAt, why: shown(why) };
}

function readInstant(until: unknown): Instant | "none" {
  const ms = isText(until) ? Date.parse(until) : until;
  if (typeof ms !== "number" || !(ms >= 0 && ms <= 8.64e15)) return "none";
  return instant(Math.round(ms < firstMilliseconds && !isText(until) ? ms * 1_000 : ms));
}

function mayBeVenue(venue: unknown): venue is string | null | undefined {
  return (
    venue === undefined || venue === null || (isShortText(venue, 64) && /^[a-z0-9][a-z0-9._-]*$/i.test(venue))
  );
}

function mayBeText(why: unknown): why is string | null | undefined {
  return why === undefined || why === null || isText(why);
}

// It is shown on terminals and kept in the history.
function shown(why: string | null | undefined): string | undefined {
  const text = why
    ?.replaceAll(/\p{C}+/gu, " ")
    .trim()
    .slice(0, mostReasonCharacters);
  return text === "" ? undefined : text;
}
