import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJsonText } from "../../../../lib/domain/text/json-text.ts";

const seed = 14;

test("every JSON value is read as JSON.parse reads it", () => {
  const property = fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
    const text = JSON.stringify(value, undefined, indent);
    expect(parseJsonText(text)).toMatchObject({ value: JSON.parse(text) });
  });
  fc.assert(property, { seed, numRuns: 300 });
});

test("any text is JSON here exactly when it is for JSON.parse, and a failure has a line and quotes nothing", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"\\',
    '"',
    "1",
    "-",
    "01",
    "1e9",
    "true",
    "nul",
    "\n",
    " ",
    "\\u00",
    "\t",
    "hunter2",
  );
  const property = fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
    const text = pieces.join("");
    const read = parseJsonText(text);
    const parsed = (() => {
      try {
        return { value: JSON.parse(text) as unknown };
      } catch {
        return undefined;
      }
    })();
    if ("what" in read) {
      expect(parsed).toBeUndefined();
      expect(read.line).toBeLessThanOrEqual(text.split("\n").length);
      expect(read.what).not.toContain("hunter2");
    } else expect(read.value).toEqual(parsed?.value);
  });
  fc.assert(property, { seed, numRuns: 2_000 });
});

test("lines of elements and doubled keys are told, at their own depth only", () => {
  const text = '{"a": [1,\n {"b": 1,\n "b": 2}],\n "__proto__": 3}';
  const json = parseJsonText(text);
  if ("what" in json) throw new Error(json.what);
  const { a } = json.value as { a: [number, object] };
  expect(json.linesOf(a)).toEqual([1, 2]);
  expect(json.lineOf(a[1])).toBe(2);
  expect(json.doubledKeyOf(a[1])).toEqual({ key: "b", line: 3 });
  expect(json.doubledKeyOf(json.value as object)).toBeUndefined();
});

test("what is nested without end is refused, not followed", () => {
  expect(parseJsonText("[".repeat(100_000))).toEqual({
    line: 1,
    what: expect.stringContaining("nested deeper"),
  });
  expect(parseJsonText(`{"a":`.repeat(100_000))).toMatchObject({
    what: expect.stringContaining("nested deeper"),
  });
});
