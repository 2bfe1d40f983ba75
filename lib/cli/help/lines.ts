/** Where help is shown: how wide, and how commands are typed there. */
export interface Sheet {
  readonly width: number;
  readonly spelled: (text: string) => string;
}

/** Commands to copy, whose lines are not broken. */
export function examplesOf(examples: readonly string[], { spelled }: Sheet): readonly string[] {
  return examples.map((example) => `  ${spelled(example)}`);
}

const mostTerm = 30;

/** Two columns; a term that is too long stands on a line of its own. */
export function columnsOf(rows: readonly (readonly [string, string])[], sheet: Sheet): readonly string[] {
  const fitting = rows.map(([term]) => term.length).filter((length) => length <= mostTerm);
  const indent = 2 + Math.max(0, ...fitting) + 2;
  return rows.flatMap(([term, text]) => {
    const lines = wrapped(text, { ...sheet, width: sheet.width - indent });
    const isLong = term.length > indent - 4;
    const first = isLong ? [`  ${term}`] : [`  ${term.padEnd(indent - 2)}${lines[0] ?? ""}`];
    return [...first, ...(isLong ? lines : lines.slice(1)).map((line) => " ".repeat(indent) + line)];
  });
}

/** A text in lines that are no wider than the sheet. */
export function wrapped(text: string, { width, spelled }: Sheet): readonly string[] {
  const lines: string[] = [];
  for (const word of spelled(text).split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** The lines as one text. */
export function ended(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
