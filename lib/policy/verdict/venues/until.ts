import { parseInstant } from "../../../domain/proxy/instant-text.ts";
import { type Instant, instant } from "../../../domain/time.ts";
import { untilWithin } from "../../../domain/verdict/until-within.ts";
import type { AnswerHeader, VenueAnswer } from "../../../domain/verdict/venue-answer.ts";
import { parseHttpDate } from "./http-date.ts";

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
    if (aheadMs !== undefined) return untilWithin(instant(answer.at + aheadMs), answer.at);
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

/** 12 digits and more are epoch milliseconds, 10 and 11 epoch seconds, fewer a number of seconds. */
function readTime(text: string): { readonly aheadMs: number } | { readonly at: number } | undefined {
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) return { aheadMs: Number(text) * 1_000 };
  if (/^\d{10,11}(?:\.\d{1,9})?$/.test(text)) return { at: Number(text) * 1_000 };
  if (/^\d{12,15}$/.test(text)) return { at: Number(text) };
  const at = parseHttpDate(text) ?? parseInstant(text);
  return at === undefined ? undefined : { at };
}
