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
      write(`${marks[level]}${unit === undefined ? "" : `${paint.bold(unit)}: `}${onOneLine(text)}`);
    },
  };
}

// A name that somebody else chose, such as a socket's, could hold a line break or move the terminal's cursor.
function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
