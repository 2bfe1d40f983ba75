import fc from "fast-check";
import { expect, test } from "vitest";
import { fitsPattern } from "../../../../lib/domain/text/name-pattern.ts";

test.each([
  ["fut-a", "fut-*", true],
  ["fut-", "fut-*", true],
  ["fut", "fut-*", false],
  ["spot", "s?ot", true],
  ["spot", "s?t", false],
  ["a.b", "a.b", true],
  ["axb", "a.b", false],
  ["abcabc", "*abc", true],
  ["abcab", "*abc", false],
  ["a", "***", true],
  ["", "*", true],
  ["", "?", false],
  ["alice", "[a]*", false],
])("%j fits %j: %s", (name, pattern, fits) => {
  expect(fitsPattern(name, pattern)).toBe(fits);
});

test("fits as an expression of the same meaning would", () => {
  const letters = (...more: string[]) =>
    fc.array(fc.constantFrom("a", "b", ".", ...more), { maxLength: 8 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(letters(), letters("*", "?"), (name, pattern) => {
      const source = pattern.replaceAll(".", "[.]").replaceAll("?", ".").replaceAll("*", ".*");
      expect(fitsPattern(name, pattern)).toBe(new RegExp(`^${source}$`).test(name));
    }),
    { numRuns: 5_000 },
  );
});

test("comes to an end whatever was typed", () => {
  expect(fitsPattern("a".repeat(63), `${"*a".repeat(30)}b`)).toBe(false);
});
