import { anyVenue, type VenueName } from "../../../domain/account.ts";
import type { AnswerClass } from "../../../domain/verdict/answer-class.ts";
import type { AnswerHeader } from "../../../domain/verdict/venue-answer.ts";
import type { VenueEntry, VenueRule } from "../../../domain/verdict/venue-entry.ts";
import { type VenueHosts, venueHosts } from "../../../domain/verdict/venue-hosts.ts";
import type { UntilReader } from "./until.ts";

/** A rule, ready to be tried. */
export interface ReadyRule {
  /** `binance/418` */
  readonly id: string;
  readonly status: readonly number[] | undefined;
  readonly code: readonly string[] | undefined;
  readonly body: RegExp | undefined;
  readonly header: readonly (readonly [AnswerHeader, RegExp])[];
  readonly signed: boolean | undefined;
  readonly class: AnswerClass;
  readonly until: readonly UntilReader[];
  readonly ip: RegExp | undefined;
  readonly text: string | undefined;
}

/** What is known of one venue. */
export interface KnownVenue {
  /** In the order in which they are tried. */
  readonly rules: readonly ReadyRule[];
  readonly codes: readonly string[];
  readonly probe: string | undefined;
}

/** What the answers of all venues mean. */
export interface VenueBook {
  readonly hosts: VenueHosts;
  readonly venues: ReadonlyMap<VenueName, KnownVenue>;
  /** For a venue of which nothing else is known. */
  readonly others: KnownVenue;
}

/** Makes the book of checked entries; what users wrote comes before what is built in. */
export function readVenueBook(builtIn: readonly VenueEntry[], users: readonly VenueEntry[]): VenueBook {
  const names = new Set([...users, ...builtIn].map(({ venue }) => venue as VenueName));
  const shelf = { builtIn, users };
  return {
    hosts: venueHosts(users),
    venues: new Map([...names].map((venue) => [venue, knownVenue(venue, shelf)])),
    others: knownVenue(anyVenue, shelf),
  };
}

interface Shelf {
  readonly builtIn: readonly VenueEntry[];
  readonly users: readonly VenueEntry[];
}

function knownVenue(venue: VenueName, { builtIn, users }: Shelf): KnownVenue {
  const holdsHere = (entry: VenueEntry) => entry.venue === venue || entry.venue === anyVenue;
  const alike = [...users, ...builtIn].filter((entry) => entry.venue === venue).map(({ like }) => like);
  const own = builtIn.filter((entry) => entry.venue === venue && venue !== anyVenue);
  const shared = builtIn.filter((entry) => alike.includes(entry.venue));
  const everywhere = builtIn.filter((entry) => entry.venue === anyVenue);
  const entries = [...users.filter(holdsHere), ...own, ...shared];
  const [told, bare] = halves(
    [...own, ...shared],
    ({ code, body }) => code !== undefined || body !== undefined,
  );
  // What a body says beats a status, and a page of Cloudflare beats the status that the venue itself gives another meaning.
  const [marked, standard] = halves(
    everywhere,
    ({ body, header }) => body !== undefined || header.length > 0,
  );
  const rules = [...users.filter(holdsHere).flatMap(readyRules), ...told, ...marked, ...bare, ...standard];
  return {
    rules,
    codes: [...new Set(entries.flatMap(({ codes }) => codes ?? []))],
    probe: entries.find((entry) => entry.venue === venue && entry.probe !== undefined)?.probe,
  };
}

function halves(
  entries: readonly VenueEntry[],
  isFirst: (rule: ReadyRule) => boolean,
): readonly [readonly ReadyRule[], readonly ReadyRule[]] {
  const rules = entries.flatMap(readyRules);
  return [rules.filter(isFirst), rules.filter((rule) => !isFirst(rule))];
}

function readyRules({ venue, name, rules }: VenueEntry): readonly ReadyRule[] {
  return rules.map((rule) => readyRule(rule, name ?? venue));
}

function readyRule(rule: VenueRule, prefix: string): ReadyRule {
  return {
    id: `${prefix}/${rule.name}`,
    status: rule.status,
    code: rule.code,
    body: expression(rule.body),
    header: Object.entries(rule.header ?? {}).flatMap(([name, text]) =>
      text === undefined ? [] : [[name as AnswerHeader, new RegExp(text, "i")] as const],
    ),
    signed: rule.signed,
    class: rule.class,
    until: (rule.until ?? []).map((source) =>
      "body" in source ? { body: new RegExp(source.body, "i") } : source,
    ),
    ip: expression(rule.ip),
    text: rule.text,
  };
}

function expression(text: string | undefined): RegExp | undefined {
  return text === undefined ? undefined : new RegExp(text, "i");
}
