import { jsonJournal, type Paint, peopleJournal } from "../adapters/journal/journals.ts";
import type { Journal } from "../ports/journal.ts";

export type { Journal } from "../ports/journal.ts";

/** How the launcher speaks. */
export interface JournalOptions {
  readonly format: "text" | "json";
  /** Leaves out what is neither a warning nor an error. */
  readonly isQuiet: boolean;
  readonly paint: Paint;
  /** Takes one line without its newline. */
  readonly write: (line: string) => void;
}

/** The journal in the format asked for. */
export function openJournal(options: JournalOptions): Journal {
  return options.format === "text" ? peopleJournal(options) : jsonJournal(options);
}
