import { parseHttpDate } from "../../../domain/proxy/http-date.ts";
import { parseInstant } from "../../../domain/proxy/instant-text.ts";
import { type Instant, instant } from "../../../domain/time.ts";
import { untilWithin } from "../../../domain/verdict/until-within.ts";
import type { AnswerHeader, VenueAnswer } from "../../../domain/verdict/venue-answer.ts";

/** Where an answer may say how long, ready to be read. */
export type UntilReader =
  | { readonly header: AnswerHeader }
  | { readonly body: RegExp }
  | { readonly after: number };

/**
 * Until when the first readable source says, on our own clock: what a venue gives as a date is compared with the answer's Date
 * header, so that neither clock has to be right. At least a second ahead, at most 7 days.
 */
export function untilOf(
  sources: readonly UntilReader[],
  answer: Pick<VenueAnswer, "headers" | "body" | "at">,
): Instant | undefined {
  for (const source of sources) {
    const aheadMs = aheadOf(source, answer);
    if (aheadMs !== undefined) return untilWithin(instant(answer.at + Math.round(aheadMs)), answer.at);
  }
  return undefined;
}

function aheadOf(
  source: UntilReader,
  { headers, body, at }: Pick<VenueAnswer, "headers" | "body" | "at">,
): number | undefined {
  if ("after" in source) return source.after * 1_000;
  const text = "header" in source ? headers[source.header] : source.body.exec(body ?? "")?.[1];
  if (text === undefined) return undefined;
  const told = readTime(text.trim());
  if (told === undefined || "aheadMs" in told) return told?.aheadMs;
  const serverNow = parseHttpDate(headers.date ?? "");
  const aheadMs = told.at - (serverNow ?? at);
  // Without the server's clock a moment that is over may be the skew of ours.
  return aheadMs <= 0 && serverNow === undefined ? undefined : aheadMs;
}

/** Up to 9 digits are a number of seconds; more are a moment in seconds, milliseconds, microseconds or nanoseconds since 1970. */
function readTime(text: string): { readonly aheadMs: number } | { readonly at: number } | undefined {
  const digits = /^(\d{1,20})(?:\.\d{1,9})?$/.exec(text)?.[1]?.length ?? 0;
  if (digits > 19) return undefined;
  if (digits > 17) return { at: Number(text) / 1_000_000 };
  if (digits > 14) return { at: Number(text) / 1_000 };
  if (digits > 11) return { at: Number(text) };
  if (digits > 9) return { at: Number(text) * 1_000 };
  if (digits > 0) return { aheadMs: Number(text) * 1_000 };
  const at = parseHttpDate(text) ?? parseInstant(text);
  return at === undefined ? undefined : { at };
}
