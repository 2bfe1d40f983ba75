import type { Journal } from "../../ports/journal.ts";

/** How a word is made to stand out. */
export interface Paint {
  warn(text: string): string;
  bad(text: string): string;
  bold(text: string): string;
}

/** Speaks to people, a line at a time: `alice: moved to fra-2`, `warning: alice: …`. */
export function peopleJournal(options: {
  readonly isQuiet: boolean;
  readonly paint: Paint;
  readonly write: (line: string) => void;
}): Journal {
  const { isQuiet, paint, write } = options;
  const marks = {
    info: "",
    warning: `${paint.warn("warning:")} `,
    error: `${paint.bad("error:")} `,
  } as const;
  return {
    say({ level, unit, text }) {
      if (isQuiet && level === "info") return;
      write(`${marks[level]}${unit === undefined ? "" : `${paint.bold(unit)}: `}${text}`);
    },
  };
}
