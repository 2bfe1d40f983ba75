import type { VenueName } from "../../../domain/account.ts";
import { parseIp } from "../../../domain/ip.ts";
import type { Instant } from "../../../domain/time.ts";
import { isKnownVenue, venueNameOf } from "../../../domain/venue-names.ts";
import type { AnswerClass, Classified } from "../../../domain/verdict/answer-class.ts";
import type { OutputRule, OutputShapes } from "../../../domain/verdict/output-rule.ts";
import { venueOfHost } from "../../../domain/verdict/venue-hosts.ts";
import { classifyByRule } from "../classify.ts";
import { type UntilReader, untilOf } from "../venues/until.ts";
import type { VenueBook } from "../venues/venue-book.ts";
import { readOf } from "./may-tell.ts";

interface ReadyLine {
  readonly id: string;
  readonly line: RegExp;
  readonly venue: VenueName | undefined;
  readonly class: AnswerClass | undefined;
}

interface ReadyUserLine extends ReadyLine {
  readonly class: AnswerClass;
  readonly until: readonly UntilReader[];
  readonly ip: RegExp | undefined;
  readonly text: string | undefined;
}

/** What printed lines mean. */
export interface OutputRules {
  readonly users: readonly ReadyUserLine[];
  readonly shapes: readonly ReadyLine[];
  readonly book: VenueBook;
}

/** Makes the rules ready; what users wrote comes before what is built in. */
export function readOutputRules(
  builtIn: readonly OutputShapes[],
  users: readonly OutputRule[],
  book: VenueBook,
): OutputRules {
  return {
    users: users.map((rule) => ({
      id: `output/${rule.name}`,
      line: new RegExp(rule.line, "i"),
      venue: rule.venue === undefined ? undefined : (venueNameOf(rule.venue) as VenueName),
      class: rule.class,
      until: (rule.until ?? []).map((source) =>
        "body" in source ? { body: new RegExp(source.body, "i") } : source,
      ),
      ip: rule.ip === undefined ? undefined : new RegExp(rule.ip, "i"),
      text: rule.text,
    })),
    shapes: builtIn.flatMap(({ framework, shapes }) =>
      shapes.map((shape) => ({
        id: `${framework}/${shape.name}`,
        line: new RegExp(shape.line),
        venue: shape.venue as VenueName | undefined,
        class: shape.class,
      })),
    ),
    book,
  };
}

/** A printed line that may tell something. */
export interface PrintedLine {
  readonly line: string;
  readonly at: Instant;
  /** The account's venue, where it has one only. */
  readonly onlyVenue: VenueName | undefined;
}

/** What a line says of a venue's refusal; undefined where it says none for certain: missing one costs less than a wrong one. */
export function matchOutput(printed: PrintedLine, rules: OutputRules): Classified | undefined {
  const line = readOf(printed.line);
  const given = { ...printed, line };
  for (const rule of rules.users) {
    const found = rule.line.test(line) ? byUser(rule, given) : undefined;
    if (found !== undefined) return found;
  }
  for (const shape of rules.shapes) {
    const match = shape.line.exec(line);
    const found = match === null ? undefined : byShape(shape, match, { at: printed.at, book: rules.book });
    if (found !== undefined) return found;
  }
  return undefined;
}

function byUser(rule: ReadyUserLine, { line, at, onlyVenue }: PrintedLine): Classified | undefined {
  const venue = rule.venue ?? onlyVenue;
  if (venue === undefined) return undefined;
  const named = rule.ip?.exec(line)?.[1];
  return {
    venue,
    class: rule.class,
    rule: rule.id,
    untilAt: untilOf(rule.until, { headers: {}, body: line, at }),
    namedIp: named === undefined ? undefined : parseIp(named),
    text: rule.text ?? `The bot printed a line that ${rule.id} in launch.yaml speaks of.`,
  };
}

function byShape(
  shape: ReadyLine,
  match: RegExpExecArray,
  { at, book }: { readonly at: Instant; readonly book: VenueBook },
): Classified | undefined {
  const { venue: id, url, status, code } = match.groups ?? {};
  const venue = venueIn(id, url, book) ?? shape.venue;
  if (venue === undefined) return undefined;
  const rest = match.input.slice(match.index);
  const body = code === undefined ? rest : `{"code":"${code}"} ${rest}`;
  const found = classifyByRule(
    venue,
    { status: Number(status ?? 0), headers: {}, body, isSigned: false, at },
    book,
  );
  if (found !== undefined) return found.class === "unknown" ? undefined : found;
  if (shape.class === undefined) return undefined;
  const text = `The bot printed a refusal of ${venue}.`;
  return { venue, class: shape.class, rule: shape.id, untilAt: undefined, namedIp: undefined, text };
}

// A URL says who answered: a bot asks others than its venue, too.
function venueIn(
  id: string | undefined,
  url: string | undefined,
  { hosts }: VenueBook,
): VenueName | undefined {
  const host = url === undefined ? undefined : /^(?:https?|wss?):\/\/(?:[^/@]*@)?([^/:?#]+)/.exec(url)?.[1];
  if (host !== undefined) return venueOfHost(host, hosts);
  if (id === undefined) return undefined;
  const venue = venueNameOf(id);
  return isKnownVenue(venue) ? (venue as VenueName) : undefined;
}
