import fc from "fast-check";
import { expect, test } from "vitest";
import { splitCommand } from "../../../lib/config/command-words.ts";

test("every list of single-quoted words is split into the same words", () => {
  const word = fc
    .string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 })
    .filter((text) => !text.includes("'"));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      expect(splitCommand(words.map((text) => `'${text}'`).join(" "))).toEqual({ kind: "words", words });
    }),
  );
});

test.each([
  "a | b",
  "a && b",
  "a > b",
  "a *.js",
  "a $HOME",
  "a # b",
  "a; b",
  "(a)",
  "A=1 b",
  " _A2=x",
  "",
  "  ",
])("%j is refused, because only a shell could run it", (text) =>
  expect(splitCommand(text).kind).toBe("refused"),
);
