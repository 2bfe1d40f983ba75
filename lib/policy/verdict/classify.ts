import type { VenueName } from "../../domain/account.ts";
import { type IpAddress, parseIp } from "../../domain/ip.ts";
import type { Classified } from "../../domain/verdict/answer-class.ts";
import type { VenueAnswer } from "../../domain/verdict/venue-answer.ts";
import { isSuccess, venueOfHost } from "../../domain/verdict/venue-hosts.ts";
import { AnswerText } from "./venues/answer-text.ts";
import { plainAnswer, successAt } from "./venues/plain-answer.ts";
import { untilOf } from "./venues/until.ts";
import type { KnownVenue, ReadyRule, VenueBook } from "./venues/venue-book.ts";

/** What an answer means; undefined for a host of no known venue. */
export function classify(answer: VenueAnswer, book: VenueBook): Classified | undefined {
  const plain = plainAnswer(answer, book.hosts);
  if (plain !== "rules") return plain;
  const venue = venueOfHost(answer.host, book.hosts);
  if (venue === undefined) return undefined;
  return classifyByRule(venue, answer, book) ?? classifyByStatus(venue, answer, book);
}

/** The same by the rules of a venue alone; undefined where none of them speaks of such an answer. */
export function classifyByRule(
  venue: VenueName,
  answer: Omit<VenueAnswer, "host" | "times">,
  book: VenueBook,
): Classified | undefined {
  const { rules, codes } = knownOf(venue, book);
  const said = new AnswerText(answer.body);
  const given = said.codesAt(codes);
  const rule = rules.find((each) => holds(each, answer, { said: said.text, given }));
  if (rule === undefined) return undefined;
  return {
    venue,
    class: rule.class,
    rule: rule.id,
    untilAt: untilOf(rule.until, { ...answer, body: said.text }),
    namedIp: addressIn(said.text, rule.ip),
    text: rule.text ?? `${venue} answered as the rule ${rule.id} says.`,
  };
}

function knownOf(venue: VenueName, { venues, others }: VenueBook): KnownVenue {
  return venues.get(venue) ?? others;
}

function holds(
  rule: ReadyRule,
  { status, headers, isSigned }: Pick<VenueAnswer, "status" | "headers" | "isSigned">,
  { said, given }: { readonly said: string; readonly given: readonly string[] },
): boolean {
  if (rule.status !== undefined && !rule.status.includes(status)) return false;
  if (rule.signed !== undefined && rule.signed !== isSigned) return false;
  if (rule.code !== undefined && !rule.code.some((code) => given.includes(code))) return false;
  if (rule.header.some(([name, pattern]) => !pattern.test(headers[name] ?? ""))) return false;
  return rule.body === undefined || rule.body.test(said);
}

function addressIn(text: string, pattern: RegExp | undefined): IpAddress | undefined {
  const named = pattern?.exec(text)?.[1];
  return named === undefined ? undefined : parseIp(named.replace(/\.+$/, ""));
}

// What no rule speaks of: an unknown refusal is kept as evidence, and never a verdict.
function classifyByStatus(venue: VenueName, answer: VenueAnswer, { hosts }: VenueBook): Classified {
  const { status } = answer;
  if (isSuccess(status)) return successAt(venue, answer, hosts);
  const plain = { venue, rule: `status/${status}`, untilAt: undefined, namedIp: undefined };
  if (status >= 500 && status <= 599)
    return { ...plain, class: "venue_trouble", text: `${venue} has trouble of its own (HTTP ${status}).` };
  const text = `${venue} answered with HTTP ${status}, which says nothing certain of this exit or account.`;
  return { ...plain, class: "unknown", text };
}
