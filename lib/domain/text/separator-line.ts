/** Takes off Excel's own first line, "sep=;", which says how columns are parted; it leaves an empty line, so that the others keep their numbers. */
export function withoutSeparatorLine(text: string): {
  readonly rows: string;
  readonly delimiter: string | undefined;
} {
  const match = /^"?sep=(.)"?[ \t]*(?=\r|\n|$)/i.exec(text);
  return { rows: match === null ? text : text.slice(match[0].length), delimiter: match?.[1] };
}
