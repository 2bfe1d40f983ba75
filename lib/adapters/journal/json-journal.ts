import { pino, stdTimeFunctions } from "pino";
import type { Journal } from "../../ports/journal.ts";

/** Speaks to machines: one JSON object a line with `level`, `time` (RFC 3339, UTC), `unit` and `msg`. */
export function jsonJournal(options: {
  readonly isQuiet: boolean;
  readonly write: (line: string) => void;
}): Journal {
  const logger = pino(
    {
      base: null,
      level: options.isQuiet ? "warn" : "info",
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label === "warn" ? "warning" : label }) },
    },
    { write: (line: string) => options.write(line.trimEnd()) },
  );
  const methods = { info: "info", warning: "warn", error: "error" } as const;
  return {
    say({ level, unit, text }) {
      logger[methods[level]](unit === undefined ? {} : { unit }, text);
    },
  };
}
