import leven from "leven";

/** The known name that a mistyped one most likely meant, or undefined when none is near (a third of its length, at most 3 edits). */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  const wanted = typed.toLowerCase();
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of known) {
    const edits = leven(wanted, name.toLowerCase());
    if (edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { name, edits };
  }
  if (best === undefined) return undefined;
  const limit = Math.min(3, Math.max(1, Math.ceil(Math.max(typed.length, best.name.length) / 3)));
  return best.edits <= limit ? best.name : undefined;
}

/** The same as the end of a sentence: ` Did you mean "alice"?`, or nothing. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const name = nearestName(typed, known);
  return name === undefined ? "" : ` Did you mean "${name}"?`;
}
