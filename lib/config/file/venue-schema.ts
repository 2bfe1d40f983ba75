import { isKnownVenue, nearestVenue, venueNameOf } from "../../domain/venue-names.ts";
import { answerClasses } from "../../domain/verdict/answer-class.ts";
import type { OutputRule } from "../../domain/verdict/output-rule.ts";
import { type AnswerHeader, answerHeaders } from "../../domain/verdict/venue-answer.ts";
import type { VenueEntry, VenueRule } from "../../domain/verdict/venue-entry.ts";
import * as shape from "./shape/shape.ts";

// Everything here is made only when a file has such entries: a launcher keeps what it has made of a schema, 0.5 MB for these.

// What bots are told of is at most 2 KiB of a body, and each rule is tried on it: a rule is no program.
const mostLetters = 500;

const name = () => shape.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,62}$/);
const expression = () =>
  shape
    .string()
    .min(1)
    .max(mostLetters)
    .superRefine((text, context) => {
      const why = expressionProblem(text);
      if (why !== undefined)
        context.addIssue({ code: "custom", message: `is no regular expression (${why})` });
    });
const withGroup = () => expression().refine((text) => /\((?!\?)/.test(text), "has no group in parentheses");
const header = () => shape.oneOf(answerHeaders);
const headers = () =>
  Object.fromEntries(answerHeaders.map((each) => [each, expression().optional()])) as Record<
    AnswerHeader,
    shape.Shape<string | undefined, true>
  >;

const after = () => shape.number().min(1).max(604_800).optional();
const oneOf = <F extends shape.Fields>(fields: F) =>
  shape
    .map(fields)
    .refine((given) => Object.keys(given).length === 1, `needs one of ${Object.keys(fields).join(", ")}`);
const until = () => oneOf({ header: header().optional(), body: withGroup().optional(), after: after() });
const untilInLine = () => oneOf({ body: withGroup().optional(), after: after() });

const rule = () =>
  shape
    .map({
      name: name().describe("Under which name it is told: venue/name."),
      status: shape.list(shape.int().min(100).max(599)).min(1).optional().describe("HTTP statuses."),
      code: shape
        .list(shape.union([shape.string().min(1), shape.int()]))
        .min(1)
        .optional()
        .describe("The codes of an error in the body; found by `codes`."),
      body: expression().optional().describe("A regular expression for the body, whatever the case."),
      header: shape
        .map(headers())
        .refine((given) => Object.keys(given).length > 0, "is empty")
        .optional()
        .describe("Regular expressions for headers, whatever the case."),
      signed: shape
        .boolean()
        .optional()
        .describe("Only for requests that carry a signature or key, or only for others."),
      class: shape.oneOf(answerClasses).describe("What the answer means."),
      until: shape
        .list(until())
        .min(1)
        .optional()
        .describe("Where the answer says how long: a header, a group of the body, or after so many seconds."),
      ip: withGroup()
        .optional()
        .describe("A regular expression whose group is the address that the venue saw."),
      text: shape.string().min(1).optional().describe("One plain sentence for people."),
      source: shape.string().min(1).optional().describe("Where you know it from."),
    })
    .refine(
      ({ status, code, body, header: given }) =>
        [status, code, body, given].some((condition) => condition !== undefined),
      "has no condition: write status, code, body or header",
    );

/** What a user says of a venue's answers, in launch.yaml or in a file of `venue_files`. */
export const venueSchema = () =>
  shape
    .map({
      venue: shape
        .string()
        .regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/)
        .describe("A venue that is known everywhere, or any."),
      name: name().optional().describe("The name of its rules, where that is not the venue's."),
      new: shape.boolean().optional().describe("true for a venue that is not known everywhere."),
      hosts: shape
        .list(shape.string().regex(/^(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/))
        .min(1)
        .optional()
        .describe("api.desk.example, or *.desk.example for everything below."),
      probe: shape
        .string()
        .refine((text) => text.startsWith("https://") && URL.canParse(text), "is not an https URL")
        .optional()
        .describe("A URL that wants no key and answers 2xx to whoever is let in."),
      like: shape
        .string()
        .superRefine((venue, context) => {
          const message = venueProblem(venue);
          if (message !== undefined) context.addIssue({ code: "custom", message });
        })
        .optional()
        .describe("Another venue whose rules hold here as well."),
      codes: shape
        .list(shape.string().regex(/^(?:\/[^/]+)+$/))
        .min(1)
        .optional()
        .describe("JSON pointers to the code of an error: /code, /error/code."),
      accepts: shape
        .boolean()
        .optional()
        .describe("Whether a signed success shows that the key may act from this exit."),
      rules: shape.list(rule()).optional(),
    })
    .superRefine(({ venue, new: isNew = false }, context) => {
      const why = isNew ? undefined : venueProblem(venue);
      if (why === undefined) return;
      const message = `${why} Write new: true beside a venue of your own`;
      context.addIssue({ code: "custom", path: ["venue"], message });
    });

/** What a user says that a printed line means. */
export const outputRuleSchema = () =>
  shape.map({
    name: name(),
    line: expression().describe("A regular expression for the line, whatever the case."),
    venue: shape.string().min(1).optional().describe("Else the account's venue, where it has one only."),
    class: shape.oneOf(answerClasses).describe("What the line means."),
    until: shape
      .list(untilInLine())
      .min(1)
      .optional()
      .describe("Where the line says how long: a group of its text (`body`), or after so many seconds."),
    ip: withGroup()
      .optional()
      .describe("A regular expression whose group is the address that the venue saw."),
    text: shape.string().min(1).optional().describe("One plain sentence for people."),
  });

/** An entry as the file has it. */
export type WrittenVenue = shape.Read<ReturnType<typeof venueSchema>>;

/** The entry that was written. */
export function venueEntryOf({ rules = [], ...entry }: WrittenVenue): VenueEntry {
  return {
    ...entry,
    venue: venueNameOf(entry.venue),
    like: entry.like && venueNameOf(entry.like),
    rules: rules.map(({ code, until: sources, ...rest }) => ({
      ...rest,
      code: code?.map(String),
      until: sources as VenueRule["until"],
    })),
  };
}

/** The rule that was written. */
export function outputRuleOf({
  venue,
  until: sources,
  ...rest
}: shape.Read<ReturnType<typeof outputRuleSchema>>): OutputRule {
  return { ...rest, venue: venue && venueNameOf(venue), until: sources as OutputRule["until"] };
}

/** Why a name is none of a known venue. */
export function venueProblem(name: string, own: readonly string[] = []): string | undefined {
  if (isKnownVenue(venueNameOf(name)) || own.includes(name)) return undefined;
  const near = nearestVenue(name, own);
  const meant = near === undefined ? "" : ` Did you mean "${near}"?`;
  return `is "${name}", which is no known venue.${meant}`;
}

function expressionProblem(text: string): string | undefined {
  try {
    new RegExp(text, "i");
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: /, "");
  }
}
