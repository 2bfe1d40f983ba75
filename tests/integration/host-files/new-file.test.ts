import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeNewFile } from "../../../lib/adapters/host-files/new-file.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "launch-new-file-"));
  path = join(folder, "deeper", "file");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a new file is private and whole, its folder made with it, and nothing else is left", async () => {
  const previous = process.umask(0o000);
  expect(await writeNewFile(path, "text").finally(() => process.umask(previous))).toBe("made");
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["text", 0o600]);
  expect(readdirSync(join(folder, "deeper"))).toEqual(["file"]);
});

test("a file that is there is kept as it is", async () => {
  await writeNewFile(path, "first");
  expect([await writeNewFile(path, "second"), readFileSync(path, "utf8")]).toEqual(["kept", "first"]);
});

test("of ten at once one makes the file and nine keep it", async () => {
  const outcomes = await Promise.all(Array.from({ length: 10 }, (_, n) => writeNewFile(path, `text ${n}`)));
  expect(outcomes.filter((outcome) => outcome === "made")).toHaveLength(1);
  expect(readFileSync(path, "utf8")).toBe(`text ${outcomes.indexOf("made")}`);
  expect(readdirSync(join(folder, "deeper"))).toEqual(["file"]);
});

test("what an interrupted process of the same pid left behind does not stand in the way", async () => {
  await writeNewFile(join(folder, "deeper", "other"), "");
  writeFileSync(`${path}.${process.pid}.draft`, "");
  expect([await writeNewFile(path, "text"), readFileSync(path, "utf8")]).toEqual(["made", "text"]);
});
