import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readUpEnd, writeUpEnd } from "../../../lib/adapters/host-files/up-file.ts";
import { createProcessTable } from "../../../lib/adapters/process-table/process-table.ts";

const launcher = createProcessTable().self();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-up-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("who ends a launcher is read by that launcher alone, whatever had its pid before", () => {
  const path = join(folder, "up.json");
  expect(readUpEnd(path, launcher)).toBeUndefined();
  writeUpEnd(path, { ...launcher, startTicks: 1 }, "user:earlier");
  expect(readUpEnd(path, launcher)).toBeUndefined();
  writeUpEnd(path, launcher, "user:me (launch down)");
  expect(readUpEnd(path, launcher)).toBe("user:me (launch down)");
});

test("what root writes its user's launcher reads, and a link that lies there is not followed", () => {
  const path = join(folder, "up.json");
  const elsewhere = join(folder, "elsewhere");
  writeFileSync(elsewhere, "kept");
  symlinkSync(elsewhere, `${path}.end`);
  const before = process.umask(0o077);
  try {
    writeUpEnd(path, launcher, "user:root (launch down)");
  } finally {
    process.umask(before);
  }
  const written = lstatSync(`${path}.end`);
  expect([written.isFile(), written.mode & 0o777]).toEqual([true, 0o644]);
  expect(readFileSync(elsewhere, "utf8")).toBe("kept");
});

test("where that cannot be written, the end is asked for all the same", () => {
  const path = join(folder, "up.json");
  mkdirSync(`${path}.end`);
  writeUpEnd(path, launcher, "user:me");
  writeUpEnd(join(folder, "missing", "up.json"), launcher, "user:me");
  expect(readUpEnd(path, launcher)).toBeUndefined();
});
