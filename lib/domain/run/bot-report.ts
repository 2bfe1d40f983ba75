import { type Instant, instant } from "../time.ts";

/** What a bot's program or an operator may report of the bot's exit or its account. */
export const botReports = ["burned", "limited", "geo_blocked", "refused", "accepted", "clear"] as const;

/** What is reported; the texts are short and can be shown. */
export interface BotReport {
  readonly what: (typeof botReports)[number];
  /** As it was written: whether the account has such a venue is not looked at. */
  readonly venue: string | undefined;
  readonly untilAt: Instant | undefined;
  readonly why: string | undefined;
}

/** An operator's report as the arguments of a request. */
export function argumentsOfReport({
  what,
  venue,
  untilAt,
  why,
}: BotReport): Readonly<Record<string, unknown>> {
  return { what, venue, until: untilAt, why };
}

/** Reads it back; undefined when a part of it has another shape: a report that is half understood could move a bot. */
export function reportInArguments(said: Readonly<Record<string, unknown>>): BotReport | undefined {
  const { what, venue, until, why } = said as Readonly<Record<"what" | "venue" | "until" | "why", unknown>>;
  const known = botReports.find((report) => report === what);
  const hasShape = isOptional(venue, "string") && isOptional(until, "number") && isOptional(why, "string");
  if (known === undefined || !hasShape) return undefined;
  const untilAt = typeof until === "number" ? instant(until) : undefined;
  return {
    what: known,
    venue: typeof venue === "string" ? venue : undefined,
    untilAt,
    why: typeof why === "string" ? why : undefined,
  };
}

function isOptional(value: unknown, type: "string" | "number"): boolean {
  return value === undefined || typeof value === type;
}
