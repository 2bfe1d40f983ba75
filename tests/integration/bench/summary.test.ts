import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";

const module = pathToFileURL(join(packageRoot(), "bench/harness/report/summary.mjs")).href;

// The bench is plain JavaScript without types: it is asked as it is run.
function summarize(row: unknown, measured: unknown) {
  const program = `import { summarize } from ${JSON.stringify(module)};
    const [row, measured] = process.argv.slice(1).map((text) => JSON.parse(text));
    console.log(JSON.stringify(summarize(row, measured)));`;
  const words = ["--input-type=module", "-e", program, JSON.stringify(row), JSON.stringify(measured)];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" }));
}

const rounds = (figure: string, values: readonly number[]) => values.map((value) => ({ [figure]: value }));

test("a ratio is the median of the rounds' own ratios, so that a round on a busy machine counts once", () => {
  const row = { figures: { start: { unit: "ms", floor: "bare" } } };
  // The second round was four times as slow for both.
  const measured = { bare: rounds("start", [10, 40, 20]), ours: rounds("start", [30, 120, 50]) };
  const [figure] = summarize(row, measured);
  expect(figure).toMatchObject({ name: "start", unit: "ms", floor: "bare" });
  expect(figure.ways[1]).toEqual({ way: "ours", median: 50, least: 30, most: 120, ratio: 3 });
});

test("a target is met or missed by the ratio to its own floor, or by the median", () => {
  const row = {
    figures: { start: { unit: "ms", floor: "bare" }, lost: { unit: "lines" } },
    targets: [
      { figure: "start", way: "ours", ratio: 2.9 },
      { figure: "start", way: "ours", ratio: 1, to: "theirs" },
      { figure: "start", way: "ours", leastRatio: 0.5, to: "theirs" },
      { figure: "lost", way: "ours", most: 0 },
    ],
  };
  const measured = {
    bare: rounds("start", [10]),
    theirs: rounds("start", [40]),
    ours: [{ start: 30, lost: 0 }],
  };
  const [start, lost] = summarize(row, measured);
  expect(start.ways[2].targets).toEqual([
    { sign: "≤", bound: 2.9, isRatio: true, value: 3, isMet: false },
    { sign: "≤", bound: 1, isRatio: true, to: "theirs", value: 0.75, isMet: true },
    { sign: "≥", bound: 0.5, isRatio: true, to: "theirs", value: 0.75, isMet: true },
  ]);
  expect(lost.ways).toMatchObject([{ way: "ours", targets: [{ value: 0, isMet: true }] }]);
});

test("a target whose floor was not measured, or measured as nothing, is neither met nor missed", () => {
  const row = {
    figures: { cpu: { unit: "ms", floor: "bare" } },
    targets: [{ figure: "cpu", way: "ours", ratio: 1.5, to: "theirs" }],
  };
  const [{ ways }] = summarize(row, { bare: rounds("cpu", [0]), ours: rounds("cpu", [5]) });
  expect(ways[1]).toMatchObject({ way: "ours", median: 5 });
  expect(ways[1]).not.toHaveProperty("ratio");
  expect(ways[1].targets[0]).not.toHaveProperty("isMet");
});
