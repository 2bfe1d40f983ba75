import leven from "leven";

// Longer words are no slips of the fingers.
const longestSwapped = 24;

/** The known name that a mistyped one most likely meant, or undefined when none is near (a third of its length, at most 3 edits; two letters in the wrong order are one). */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  const wanted = typed.toLowerCase();
  const swapped = wanted.length > longestSwapped ? [] : swaps(wanted);
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of known) {
    const edits = editsBetween(wanted, swapped, name.toLowerCase());
    if (edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { name, edits };
  }
  if (best === undefined) return undefined;
  const limit = Math.min(3, Math.max(1, Math.ceil(Math.max(typed.length, best.name.length) / 3)));
  return best.edits <= limit ? best.name : undefined;
}

function editsBetween(wanted: string, swapped: readonly string[], name: string): number {
  const edits = leven(wanted, name);
  // Of a name that is far away no swap makes a near one.
  if (edits < 2 || edits > 4) return edits;
  return Math.min(edits, ...swapped.map((each) => leven(each, name) + 1));
}

/** The word with each two neighbours in the other order. */
function swaps(word: string): readonly string[] {
  return Array.from(
    { length: Math.max(0, word.length - 1) },
    (_, at) => `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`,
  );
}

/** The same as the end of a sentence: ` Did you mean "alice"?`, or nothing. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const name = nearestName(typed, known);
  return name === undefined ? "" : ` Did you mean "${name}"?`;
}
