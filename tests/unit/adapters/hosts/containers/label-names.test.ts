import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labelOf } from "../../../../../lib/adapters/hosts/containers/label-names.ts";

/** As launch.yaml takes names. */
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/);
const max = fc.integer({ min: 20, max: 63 });

describe("the name that an engine takes", () => {
  test("is one that DNS allows, and not longer than is asked for", () => {
    fc.assert(
      fc.property(name, max, (text, length) => {
        expect(labelOf(text, length)).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
        expect(labelOf(text, length).length).toBeLessThanOrEqual(length);
      }),
    );
  });

  test("is another one for another name, also for one that looks like a changed name", () => {
    const close = name.chain((text) =>
      fc.constantFrom<readonly [string, string]>(
        [text, text.toUpperCase()],
        [text, text.replaceAll("_", "-")],
        [text, text.replaceAll(".", "-")],
        [text, labelOf(text, 40)],
        [text, `${text}-`],
        [text, text.slice(0, -1) || "x"],
      ),
    );
    fc.assert(
      fc.property(close, max, ([one, other], length) => {
        expect(labelOf(one, length) === labelOf(other, length)).toBe(one === other);
      }),
    );
  });

  test("stays as it is when it can", () => {
    expect(labelOf("alice", 40)).toBe("alice");
    expect(labelOf("fut-7", 40)).toBe("fut-7");
    expect(labelOf("Alice_1", 40)).toMatch(/^alice-1-[0-9a-f]{10}$/);
    expect(labelOf("_", 40)).toMatch(/^x-[0-9a-f]{10}$/);
  });
});
