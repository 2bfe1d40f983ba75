import type { Operator } from "../../operations/operator.ts";
import { rehearse } from "../../operations/rehearse.ts";
import type { Flag } from "../parse/flag.ts";
import type { Io } from "./io.ts";

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
}

/** What became of it; `result` is also given by a dry run. */
export type Consent<T> = { readonly isDone: boolean; readonly result: T } | undefined;

/** Who is asked, and what was said already. */
export interface Asked {
  readonly io: Io;
  readonly flags: { readonly yes: boolean; readonly "dry-run": boolean };
}

/**
 * Says what the deed means for bots, asks on a terminal, and does it. It is rehearsed before: what would be refused is
 * refused before anybody is asked. Without a terminal nobody is asked. Undefined when the answer is no.
 */
export async function withConsent<T>(
  operator: Operator,
  { io, flags }: Asked,
  deed: Deed<T>,
): Promise<Consent<T>> {
  const { consequences, what } = deed;
  const isDry = flags["dry-run"];
  const isAsked =
    io.isInteractive &&
    !flags.yes &&
    (consequences.length > 0 || deed.isFinal === true || deed.typed !== undefined);
  const rehearsed = isDry || isAsked ? { value: await rehearse(operator, deed.act) } : undefined;
  for (const sentence of consequences) io.warn(`warning: ${sentence}`);
  if (isDry && rehearsed !== undefined) return { isDone: false, result: rehearsed.value };
  if (isAsked && !(await io.confirm(`${what}?`, deed.typed))) return undefined;
  return { isDone: true, result: await deed.act(operator) };
}

/** The outcome of a deed: what the command says, after a dry run as what it would say, and 130 when the answer was no. */
export function consented<T, O extends { readonly data?: unknown; readonly notes?: readonly string[] }>(
  consent: Consent<T>,
  outcomeOf: (result: T) => O,
): O | { readonly notes: readonly string[]; readonly exitStatus: number } {
  if (consent === undefined) return { notes: ["Nothing was done."], exitStatus: declinedStatus };
  const outcome = outcomeOf(consent.result);
  if (consent.isDone) return outcome;
  const { data, notes = [] } = outcome;
  return {
    ...outcome,
    ...(typeof data === "object" ? { data: { ...data, dry_run: true } } : {}),
    notes: ["Nothing was done. Without --dry-run:", ...notes.map((note) => `  ${note}`)],
  };
}
