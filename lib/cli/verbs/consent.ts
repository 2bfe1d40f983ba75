import type { Operator } from "../../operations/operator.ts";
import { rehearse } from "../../operations/rehearse.ts";
import type { Outcome } from "../command.ts";
import type { Flag } from "../parse/flag.ts";
import type { Io } from "../terminal/io.ts";

/** The flags of every command that takes something away. */
export const consentFlags = {
  yes: { kind: "toggle", help: "Do it without asking." },
  "dry-run": { kind: "toggle", help: "Only say what would be done, and what it means for bots." },
} as const satisfies Record<string, Flag>;

/** With this a command ends to which nobody agreed. */
export const declinedStatus = 130;

/** What a command would do that takes something away. */
export interface Deed<T> {
  /** As a question asks it: "Remove the account alice". */
  readonly what: string;
  /** What it means for bots, each a sentence. With one it is asked about on a terminal. */
  readonly consequences: readonly string[];
  /** Nothing brings back what it takes: it is always asked about on a terminal. */
  readonly isFinal?: true;
  /** Has to be typed instead of "y": what is taken is lost for good. */
  readonly typed?: string;
  /** Does it, in the transaction of the operator that it is given, or refuses. */
  readonly act: (operator: Operator) => Promise<T>;
  /** What is no fact of the database, and comes once that is done. */
  readonly afterwards?: () => Promise<void>;
  readonly outcomeOf: (result: T) => Outcome;
}

/** Who is asked, and what was said already. */
export interface Asked {
  readonly io: Io;
  readonly flags: { readonly yes: boolean; readonly "dry-run": boolean };
}

/**
 * Says what the deed means for bots, asks on a terminal, and does it. It is rehearsed before: what would be refused is
 * refused before anybody is asked. Without a terminal nobody is asked. Gives back what the command says, after a dry run as what
 * it would say, and 130 when the answer was no.
 */
export async function withConsent<T>(
  operator: Operator,
  { io, flags }: Asked,
  deed: Deed<T>,
): Promise<Outcome> {
  const { consequences, what } = deed;
  const isDry = flags["dry-run"];
  const isAsked =
    io.isInteractive &&
    !flags.yes &&
    (consequences.length > 0 || deed.isFinal === true || deed.typed !== undefined);
  const rehearsed = isDry || isAsked ? { value: await rehearse(operator, deed.act) } : undefined;
  for (const sentence of consequences) io.warn(`warning: ${sentence}`);
  if (isDry && rehearsed !== undefined) return wouldBe(deed.outcomeOf(rehearsed.value));
  if (isAsked && !(await io.confirm(`${what}?`, deed.typed)))
    return { notes: ["Nothing was done."], exitStatus: declinedStatus };
  const done = await deed.act(operator);
  await deed.afterwards?.();
  return deed.outcomeOf(done);
}

function wouldBe({ data, notes = [], ...outcome }: Outcome): Outcome {
  return {
    ...outcome,
    ...(typeof data === "object" ? { data: { ...data, dry_run: true } } : {}),
    notes: ["Nothing was done. Without --dry-run:", ...notes.map((note) => `  ${note}`)],
  };
}
