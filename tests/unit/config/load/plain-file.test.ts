import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { fileShape } from "../../../../lib/config/file/schema.ts";
import { refused } from "../../../../lib/config/file/shape/shape.ts";
import { packageRoot } from "../../../../lib/config/package-root.ts";
import { plainSettings } from "../../../../lib/config/read/plain-settings.ts";
import { readSettings } from "../../../../lib/config/read/read-settings.ts";
import { fileSchema } from "../../../../lib/config/read/zod-schema.ts";
import { ConfigError } from "../../../../lib/errors.ts";
import { someContent } from "../../../support/config/some-content.ts";
import { projectFiles } from "../../../support/project-files.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-plain-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What reading a file comes to: its settings, or the whole error. */
function outcome(read: () => unknown): string {
  try {
    return JSON.stringify(read(), (_, value: unknown) =>
      typeof value === "bigint" || value instanceof RegExp ? String(value) : value,
    );
  } catch (error) {
    if (error instanceof ConfigError) return "refused";
    throw error;
  }
}

/** Fails where a file that is taken plainly has other settings than it has for the reader of all files. */
function readAlike(text: string): boolean {
  const path = join(folder, "launch.yaml");
  writeFileSync(path, text);
  const plain = plainSettings(path);
  if (plain === undefined) return false;
  expect(
    outcome(() => plain),
    text,
  ).toBe(outcome(() => readSettings(path)));
  return true;
}

describe("the shape of launch.yaml", () => {
  test("reads what its schema for zod reads, into the same value, and refuses what that refuses", () => {
    let taken = 0;
    fc.assert(
      fc.property(someContent, (value) => {
        const read = fileShape.read(value);
        const checked = fileSchema.safeParse(value);
        expect(read !== refused, JSON.stringify(value)).toBe(checked.success);
        if (checked.success) expect(JSON.stringify(read)).toBe(JSON.stringify(checked.data));
        if (checked.success) taken += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test("makes of a plain file what is made of any other", () => {
    let taken = 0;
    fc.assert(
      fc.property(someContent, (value) => {
        if (readAlike(stringify(value, { lineWidth: 0 }))) taken += 1;
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  test("takes the files that we ship and show", () => {
    const shipped = projectFiles(["templates"], [".yaml"]);
    expect(shipped.length).toBeGreaterThan(1);
    for (const { path } of shipped)
      expect(readAlike(readFileSync(join(packageRoot(), path), "utf8")), path).toBe(true);
  });
});
