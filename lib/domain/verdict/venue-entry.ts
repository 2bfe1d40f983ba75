import type { AnswerClass } from "./answer-class.ts";
import type { AnswerHeader } from "./venue-answer.ts";

// The form of `lib/policy/verdict/venues/*.json`, and of `venues` and `venue_files` in launch.yaml, where `lib/config` checks it.

/** What is known of one venue's answers; `any` is every venue. */
export interface VenueEntry {
  readonly venue: string;
  /** The name of its rules, where that is not the venue's. */
  readonly name?: string | undefined;
  /** The name of a venue that is not known everywhere is meant as it is written. */
  readonly new?: boolean | undefined;
  /** `api.desk.example`, or `*.desk.example` for everything below. */
  readonly hosts?: readonly string[] | undefined;
  /** A URL that wants no key and answers with 2xx to whoever is let in. */
  readonly probe?: string | undefined;
  /** Another venue whose rules hold here as well. */
  readonly like?: string | undefined;
  /** JSON pointers to the code of an error in a body. */
  readonly codes?: readonly string[] | undefined;
  /** Whether a signed success shows that the key may act from this exit: not where errors come with status 200, nor where orders alone are checked. */
  readonly accepts?: boolean | undefined;
  readonly rules: readonly VenueRule[];
}

/** One meaning; every condition that is given must hold, and one of the values of a list. */
export interface VenueRule {
  readonly name: string;
  readonly status?: readonly number[] | undefined;
  readonly code?: readonly string[] | undefined;
  /** A regular expression, whatever the case, for the body. */
  readonly body?: string | undefined;
  /** Regular expressions, whatever the case, for headers. */
  readonly header?: Readonly<Partial<Record<AnswerHeader, string | undefined>>> | undefined;
  readonly signed?: boolean | undefined;
  readonly class: AnswerClass;
  /** Where the answer says how long: the first that can be read counts. */
  readonly until?: readonly UntilSource[] | undefined;
  /** A regular expression whose group is the address that the venue saw. */
  readonly ip?: string | undefined;
  /** One plain sentence for people. */
  readonly text?: string | undefined;
  /** Where the rule comes from; "unverified" where no public text shows such an answer. */
  readonly source?: string | undefined;
}

/**
 * Seconds, an epoch in seconds or milliseconds, or a date, told apart by their form, in a header or in a group of the body;
 * or `after` so many seconds, as the venue documents.
 */
export type UntilSource =
  | { readonly header: AnswerHeader }
  | { readonly body: string }
  | { readonly after: number };
