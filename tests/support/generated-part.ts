import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { packageRoot } from "../../lib/config/package-root.ts";

/** Compares the part of a page between its two marks with what the program says; `UPDATE_DOCS=1` writes it instead. */
export function expectGeneratedPart(page: string, name: string, expected: string): void {
  const path = join(packageRoot(), page);
  const text = readFileSync(path, "utf8");
  const [begin, end] = [`<!-- generated: ${name} -->\n`, `\n<!-- end: ${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  expect([from >= 0, to > from], `${page} has the marks of "${name}"`).toEqual([true, true]);
  if (process.env["UPDATE_DOCS"] === "1") {
    writeFileSync(path, text.slice(0, from + begin.length) + expected + text.slice(to));
    return;
  }
  expect(text.slice(from + begin.length, to), `run \`npm run docs\` to bring ${page} up to date`).toBe(
    expected,
  );
}
