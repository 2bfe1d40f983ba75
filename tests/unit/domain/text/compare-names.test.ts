import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareNames } from "../../../../lib/domain/text/compare-names.ts";

describe("names in a list", () => {
  test("stand in the order of people, whatever letters they have", () => {
    const name = fc.string({ unit: fc.constantFrom(...Array.from("abyz019.-_BZ éß")), maxLength: 5 });
    fc.assert(
      fc.property(name, name, (left, right) => {
        expect(Math.sign(compareNames(left, right))).toBe(Math.sign(left.localeCompare(right, "en")));
      }),
      { numRuns: 3_000 },
    );
    expect(["b-10", "b-2", "B-3", "a_b", "a.b", "a-b"].toSorted(compareNames)).toEqual([
      "a_b",
      "a-b",
      "a.b",
      "b-10",
      "b-2",
      "B-3",
    ]);
  });
});
