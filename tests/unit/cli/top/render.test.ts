import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldLine } from "../../../../lib/cli/top/fold.ts";
import { renderTop } from "../../../../lib/cli/top/render.ts";
import { firstState, withDesk } from "../../../../lib/cli/top/state.ts";
import type { Style } from "../../../../lib/cli/view/style.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { describeRun } from "../../../../lib/operations/runs/list-runs.ts";
import { sampleLive, sampleRun } from "../../../support/sample-facts.ts";

const plain = (text: string) => text;
const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
const paper: Style = { bold: plain, dim: plain, good: plain, warn: plain, bad: plain, width: undefined };
const painted: Style = { bold: red, dim: red, good: red, warn: red, bad: red, width: undefined };
const rows = Array.from({ length: 60 }, (_, at) => ({
  ...describeRun(sampleLive({ run: sampleRun() }), "live", instant(121_000)),
  unit: `bot-${String(at).padStart(2, "0")}`,
}));
const state = withDesk(firstState, { rows, snapshots: new Map() });
const widthsOf = (lines: readonly string[]) => lines.map((line) => stripVTControlCharacters(line).length);

describe("the screen of launch top", () => {
  test("has as many lines as the terminal and none that is longer, at any size and with colours", () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 80 }));
    const pane = { kind: "logs", title: "alice logs", text: `${"x".repeat(500)}\nend`, from: "end" } as const;
    fc.assert(
      fc.property(
        sizes,
        fc.constantFrom(paper, painted),
        fc.boolean(),
        ([columns, height], style, isOpen) => {
          const shown = isOpen ? { ...state, pane } : state;
          const { lines } = renderTop(shown, { columns, rows: height, style });
          expect(lines.length).toBe(height);
          expect(Math.max(...widthsOf(lines))).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });

  test("keeps the chosen unit and the keys in sight", () => {
    for (const at of [0, 30, 59]) {
      const chosen = { ...state, chosen: `bot:bot-${String(at).padStart(2, "0")}` };
      const { lines } = renderTop(chosen, { columns: 80, rows: 24, style: paper });
      expect(lines.filter((line) => line.startsWith("> "))).toEqual([
        expect.stringContaining(`bot-${String(at).padStart(2, "0")} `),
      ]);
      expect(lines[0]).toMatch(/^launch top {2}60 /);
      expect(lines.at(-1)).toMatch(/s stop .* q leave$/);
    }
  });

  test("asks where a message stands, and says first what is wrong with what it shows", () => {
    const [row] = rows;
    if (row === undefined) throw new Error("no row");
    const asked = { ...state, question: { verb: "stop", row } as const, trouble: "no database" };
    const { lines } = renderTop(asked, { columns: 80, rows: 24, style: paper });
    expect(lines.at(-2)).toBe("Stop bot-00? It stays stopped until it is started. [y/N]");
    expect(lines[0]).toMatch(/^not fresh: no database/);
  });
});

describe("a folded line", () => {
  test("loses nothing but its length, and keeps its colours in each part", () => {
    expect(foldLine("\u001b[31mabcdef\u001b[0mgh", 4)).toEqual([
      "\u001b[31mabcd\u001b[0m",
      "\u001b[31mef\u001b[0mgh",
    ]);
    expect(foldLine("", 4)).toEqual([""]);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), fc.integer({ min: 1, max: 20 }), (text, width) => {
        const parts = foldLine(text, width);
        expect(parts.join("")).toBe(text);
        expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(width);
      }),
    );
  });
});
