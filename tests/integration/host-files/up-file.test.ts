import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
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

test("where that cannot be written, the end is asked for all the same", () => {
  const path = join(folder, "up.json");
  mkdirSync(`${path}.end`);
  writeUpEnd(path, launcher, "user:me");
  writeUpEnd(join(folder, "missing", "up.json"), launcher, "user:me");
  expect(readUpEnd(path, launcher)).toBeUndefined();
});
