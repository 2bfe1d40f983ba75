import { describe, expect, test } from "vitest";
import { type FittedTable, fewOf, renderFitted, wrapText } from "../../../../lib/cli/view/fitted-table.ts";
import type { Style } from "../../../../lib/cli/view/style.ts";

const plain = (text: string) => text;
const paper: Style = { bold: plain, dim: plain, good: plain, warn: plain, bad: plain, width: undefined };
const terminal: Style = { ...paper, width: 80 };
const red: Style = { ...terminal, bad: (text) => `\u001b[31m${text}\u001b[39m` };
const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

const label = "netnut-frankfurt-residential-line-000001";
const finding = "the witnesses disagree about where it leaves from, and one of them did not answer in time";
const shape = {
  columns: ["proxy", "verdict", "ms", "what"],
  expendable: ["ms"],
  narrowest: { proxy: 20, what: 24 },
  empty: "There is nothing.",
} as const satisfies FittedTable<"proxy" | "verdict" | "ms" | "what">;
const row = { proxy: label, verdict: "failed", ms: "12", what: finding };

describe("a fitted table", () => {
  test("fits the terminal and keeps every word of the cells that it wraps", () => {
    const text = renderFitted(shape, [row], terminal);
    expect(widest(text)).toBeLessThanOrEqual(80);
    for (const word of finding.split(" ")) expect(text).toContain(word);
    expect(text.split("\n")[0]).toMatch(/^PROXY +VERDICT +MS +WHAT$/);
  });

  test("gives up columns, in their order, before a cell becomes narrower than it can be read", () => {
    const text = renderFitted(shape, [row], { ...terminal, width: 56 });
    expect(widest(text)).toBeLessThanOrEqual(56);
    expect(text.split("\n")[0]).toMatch(/^PROXY +VERDICT +WHAT$/);
    expect(renderFitted(shape, [row], { ...terminal, width: 20 })).toContain("failed");
  });

  test("leaves out a column that nobody has anything to tell in when space is short, and only then", () => {
    const calm = { ...row, ms: "-" };
    expect(renderFitted(shape, [calm], terminal)).not.toContain("MS");
    expect(renderFitted(shape, [{ ...calm, proxy: "fra-1", what: "ok" }], terminal)).toContain("MS");
  });

  test("stays whole where the output is no terminal, and when all is asked for", () => {
    for (const text of [renderFitted(shape, [row], paper), renderFitted(shape, [row], terminal, true)]) {
      expect(text.split("\n")).toHaveLength(2);
      expect(text).toContain(`${label}  failed   12  ${finding}`);
    }
  });

  test("counts no colour as width", () => {
    const painted = { ...row, proxy: "fra-1", verdict: red.bad("failed"), what: "x".repeat(55) };
    expect(renderFitted(shape, [painted], red).split("\n")).toHaveLength(2);
  });

  test("puts the lines of a finding into one row", () => {
    const text = renderFitted(shape, [{ ...row, what: "one\n  two" }], paper);
    expect(text).toContain("12  one two");
  });

  test("says a sentence instead of bare headings", () => {
    expect(renderFitted(shape, [], paper)).toBe("There is nothing.");
  });
});

describe("wrapped text", () => {
  test.each([
    ["one two three", 8, ["one two", "three"]],
    ["http://gateway.example:8001", 16, ["http://gateway.", "example:8001"]],
    ["alice,bob,carol", 10, ["alice,bob,", "carol"]],
    ["abcdefghij", 4, ["abcd", "efgh", "ij"]],
    ["fits", 4, ["fits"]],
    ["", 4, [""]],
  ])("%j at %i", (text, width, lines) => {
    expect(wrapText(text, width)).toEqual(lines);
  });
});

describe("a few of many names", () => {
  const names = Array.from({ length: 12 }, (_, index) => `account-${index + 1}`);

  test("are followed by how many more there are", () => {
    expect(fewOf(names, terminal)).toEqual(["account-1", "account-2", "account-3", "+9"]);
  });

  test("are all of them when they are few, on paper, or when all is asked for", () => {
    expect(fewOf(names.slice(0, 4), terminal)).toEqual(names.slice(0, 4));
    expect(fewOf(names, paper)).toEqual(names);
    expect(fewOf(names, terminal, true)).toEqual(names);
  });
});
