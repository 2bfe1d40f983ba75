import { type Paint, peopleJournal } from "../adapters/journal/people-journal.ts";
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

/** The journal in the format asked for; pino is loaded for JSON only. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  if (options.format === "text") return peopleJournal(options);
  const { jsonJournal } = await import("../adapters/journal/json-journal.ts");
  return jsonJournal(options);
}
