import type { Journal } from "../../ports/journal.ts";

/** Speaks to machines: one JSON object a line with `level`, `time` (RFC 3339, UTC), `unit` and `msg`. */
export function jsonJournal(options: {
  readonly isQuiet: boolean;
  readonly write: (line: string) => void;
}): Journal {
  return {
    say({ level, unit, text }) {
      if (options.isQuiet && level === "info") return;
      options.write(JSON.stringify({ level, time: new Date().toISOString(), unit, msg: text }));
    },
  };
}
