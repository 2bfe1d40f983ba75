import { alikeWords, namesAlike } from "../../domain/text/names-alike.ts";
import type { Io } from "../terminal/io.ts";

/** Says on stderr which of the new names differ from others only in case: that is possible, and seldom meant. */
export function tellAlike(
  io: Pick<Io, "warn">,
  {
    what,
    added,
    present,
  }: {
    readonly what: "account" | "proxy";
    readonly added: readonly string[];
    readonly present: readonly string[];
  },
  repair = (name: string): string => `type \`launch ${what} rm ${name}\``,
): void {
  const words = alikeWords(namesAlike(added, present), what, repair);
  if (words !== undefined) io.warn(`note: ${words}`);
}

/** What to do about a list that was not stored yet. */
export function correctList(): string {
  return "correct the list before you import it";
}
