import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { expectGeneratedPart } from "../../support/generated-part.ts";
import { projectFiles } from "../../support/project-files.ts";

const results = join(packageRoot(), "bench/results.json");
const bench = (...words: readonly string[]) =>
  execFileSync(process.execPath, [join(packageRoot(), "bench/main.mjs"), ...words], { encoding: "utf8" });

test("docs/performance.md and the pages below it show the results that are kept", () => {
  const part = (...words: readonly string[]) => `\n${bench("--table", results, ...words).trim()}\n`;
  expectGeneratedPart("docs/performance.md", "targets", part());
  for (const { path } of projectFiles(["docs/performance"], [".md"])) {
    const page = /(\w+)\.md$/.exec(path)?.[1] ?? "";
    expectGeneratedPart(path, "rows", part("--page", page));
  }
});

test("each row of the bench has a result on one of the pages", () => {
  const listed = [...bench().matchAll(/^ {2}([\w-]+) {2,}/gm)].map(([, name]) => name);
  const pages = projectFiles(["docs/performance"], [".md"]).map(({ text }) => text);
  const shown = [...pages.join("\n").matchAll(/^`npm run bench ([\w-]+)`/gm)].map(([, name]) => name);
  expect(listed.length).toBeGreaterThan(3);
  expect(new Set(shown)).toEqual(new Set(listed));
});
