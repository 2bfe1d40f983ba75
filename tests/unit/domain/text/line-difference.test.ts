import fc from "fast-check";
import { expect, test } from "vitest";
import { lineDifference } from "../../../../lib/domain/text/line-difference.ts";

test("a changed line is shown with what stood there, what comes, and two lines on each side", () => {
  const before = "one\ntwo\nthree\nfour\nfive\nsix\nseven";
  expect(lineDifference(before, before.replace("four", "FOUR"))).toEqual([
    "  two",
    "  three",
    "- four",
    "+ FOUR",
    "  five",
    "  six",
  ]);
});

test("changes that are far apart are parted by a line that says so, and nothing is said after the last", () => {
  const before = Array.from({ length: 12 }, (_, index) => `line ${index}`);
  const after = ["first", ...before.slice(0, 11), "last"];
  expect(lineDifference(before.join("\n"), after.join("\n"))).toEqual([
    "+ first",
    "  line 0",
    "  line 1",
    "  …",
    "  line 9",
    "  line 10",
    "- line 11",
    "+ last",
  ]);
});

test("equal texts have no difference, and of any two the lines that go and come are told in their order", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDifference(before.join("\n"), after.join("\n"));
      const signed = (sign: string) =>
        lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(2));
      expect(lines.length === 0).toBe(before.join() === after.join());
      expect(isPartOf(signed("-"), before)).toBe(true);
      expect(isPartOf(signed("+"), after)).toBe(true);
      // What stays is the same on both sides, and as long as it can be.
      expect(before.length - signed("-").length).toBe(after.length - signed("+").length);
      expect(before.length - signed("-").length).toBe(commonLength(before, after));
    }),
  );
});

function isPartOf(part: readonly string[], whole: readonly string[]): boolean {
  let found = 0;
  for (const line of whole) if (line === part[found]) found += 1;
  return found === part.length;
}

function commonLength([first, ...rest]: readonly string[], other: readonly string[]): number {
  if (first === undefined) return 0;
  const at = other.indexOf(first);
  const without = commonLength(rest, other);
  return at === -1 ? without : Math.max(without, 1 + commonLength(rest, other.slice(at + 1)));
}
