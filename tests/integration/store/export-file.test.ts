import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exportToFile } from "../../../lib/compose/database/export-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "export-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `line ${index} ${"x".repeat(90)}`);
const database = (all: readonly string[], failure?: Error) => ({
  async exportTo(write: (line: string) => Promise<void>) {
    for (const line of all) await write(line);
    if (failure !== undefined) throw failure;
    return all.length;
  },
});

test("every line is in the file, which is private", async () => {
  const file = join(folder, "all.ndjson");
  expect(await exportToFile(database(lines(2_000)), file)).toBe(2_000);
  expect(readFileSync(file, "utf8")).toBe(`${lines(2_000).join("\n")}\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["all.ndjson"]);
});

test("an export that breaks off leaves nothing, and the next one can have the name", async () => {
  const file = join(folder, "all.ndjson");
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  await expect(exportToFile(database(lines(2_000), full), file)).rejects.toThrow(
    /all\.ndjson cannot be created \(ENOSPC\)/,
  );
  expect(readdirSync(folder)).toEqual([]);
  await exportToFile(database(lines(1)), file);
});

test("a file that is there is never replaced, and is named", async () => {
  const file = join(folder, "all.ndjson");
  writeFileSync(file, "mine");
  await expect(exportToFile(database(lines(1)), file)).rejects.toThrow(/cannot be created \(EEXIST\)/);
  await expect(exportToFile(database(lines(1)), join(folder, "none/all"))).rejects.toThrow(/ENOENT/);
  expect(readFileSync(file, "utf8")).toBe("mine");
});
