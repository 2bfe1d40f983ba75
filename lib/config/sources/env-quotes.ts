/** A value whose quotes do not hold what they seem to hold. */
export interface BrokenQuotes {
  readonly line: number;
  readonly what: string;
  readonly hint: string;
}

/**
 * Finds the first value of a .env whose quote is not closed, behind whose closing quote something is left out in silence, or that begins
 * with a quote of a word processor. What stands inside a quoted value, over several lines too, is no line of its own. Values are not told.
 */
export function findBrokenQuotes(text: string): BrokenQuotes | undefined {
  const assignment = /^[ \t]*(?:export[ \t]+)?[A-Za-z_][\w.-]*[ \t]*=[ \t]*(["'`“”„‘’‚])/gm;
  for (let found = assignment.exec(text); found !== null; found = assignment.exec(text)) {
    const quote = found[1] ?? "";
    const line = text.slice(0, found.index + found[0].length).split("\n").length;
    if (!/["'`]/.test(quote))
      return {
        line,
        what: "begins its value with a quote of a word processor, which would become a part of it",
        hint: 'Write plain quotes (").',
      };
    const close = text.indexOf(quote, assignment.lastIndex);
    if (close === -1)
      return {
        line,
        what: `has a ${quote} that is not closed and would become a part of the value`,
        hint: "Close the quote, or put the value in quotes of the other kind.",
      };
    if (/^[ \t]*[^\s#]/.test(text.slice(close + 1)))
      return {
        line,
        what: `has something behind the closing ${quote}, which would be left out`,
        hint: "Put a value that holds this quote in quotes of the other kind: no backslash and no second quote stands for it here.",
      };
    assignment.lastIndex = close + 1;
  }
  return undefined;
}
