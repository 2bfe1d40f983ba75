import fc from "fast-check";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const asked = Number(process.env["LAUNCH_TEST_FUZZ_RUNS"]);

/** How a parser of foreign bytes is tried: always with the same seed, which a failure prints with the path to its case. */
export const fuzzed = { seed: 20_260_727, numRuns: asked > 0 ? asked : isFull ? 20_000 : 300 } as const;

/** The same for what needs a file or turns of the event loop for each text. A broken number of runs would never end. */
export const fuzzedLess = { ...fuzzed, numRuns: Math.ceil(fuzzed.numRuns / 5) } as const;

/** Bytes that are often nearly right: some of the given frames after one another, then bent at a few places, cut or grown. */
export function nearly(frames: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const bend = fc.record({ at: fc.nat(400), to: fc.nat(255) });
  return fc
    .record({
      chosen: fc.array(fc.constantFrom(...frames), { minLength: 1, maxLength: 3 }),
      bends: fc.array(bend, { maxLength: 3 }),
      cut: fc.oneof(fc.constant(undefined), fc.nat(200)),
      more: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ chosen, bends, cut, more }) => {
      const bytes = Buffer.concat([...chosen, more]);
      for (const { at, to } of bends) if (at < bytes.length) bytes[at] = to;
      return cut === undefined ? bytes : bytes.subarray(0, cut);
    });
}

// Lone surrogates too.
const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));

/** Text of which the given pieces are often a part, in any order, with what programs and people put between them. */
export function textOf(pieces: readonly string[]): fc.Arbitrary<string> {
  const odd = fc.constantFrom(
    "\n",
    "\r\n",
    "\0",
    "\uFEFF",
    "\u200B",
    "\ud800",
    " ",
    "\t",
    ",",
    ":",
    "@",
    "%",
    "=",
    '"',
  );
  const part = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...pieces) },
    { weight: 2, arbitrary: odd },
    { weight: 1, arbitrary: fc.array(anyCharacter, { maxLength: 12 }).map((all) => all.join("")) },
  );
  const few = fc.array(part, { maxLength: 3 });
  return fc.oneof(few, fc.array(part, { maxLength: 24 })).map((parts) => parts.join(""));
}

/** Bytes or text in pieces: cut at each of the places, however many lie beyond its end. */
export function cutAt<T extends { readonly length: number; subarray?: unknown }>(
  whole: T,
  places: readonly number[],
  slice: (from: number, to: number) => T,
): readonly T[] {
  const ends = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  return [...ends, whole.length].map((end, index) => slice(ends[index - 1] ?? 0, end));
}

/** Where something is cut. */
export const places: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(100_000), { maxLength: 6 });

/** As much as a reader is ever given (64 KiB) of what makes careless expressions go back and forth, for a parser that must come to an end with it. */
export const longTexts: readonly string[] = [
  "a",
  ":",
  "@",
  " ",
  "\n",
  "[",
  '"',
  "%",
  ",",
  "a:",
  "a@",
  "a.",
  "\t\n",
  '","',
  "=\n",
  '{"a":',
].map((piece) => piece.repeat(Math.ceil(65_536 / piece.length)));
