import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProcessEvidence } from "../../../../lib/adapters/process-table/process-evidence.ts";

const proc = mkdtempSync(join(tmpdir(), "launch-evidence-"));
const evidence = createProcessEvidence("linux", proc);

function addProcess(pid: number, state: string, folder?: string): void {
  mkdirSync(join(proc, String(pid)));
  const zeros = Array.from({ length: 17 }, () => "0").join(" ");
  writeFileSync(join(proc, String(pid), "stat"), `${pid} (a) b) ${state} 1 ${zeros} 4711 0\n`);
  if (folder !== undefined) symlinkSync(folder, join(proc, String(pid), "cwd"));
}

beforeAll(() => {
  addProcess(10, "S", "/data");
  addProcess(11, "Z", "/data");
  addProcess(12, "S");
  mkdirSync(join(proc, "sysvipc"));
  const rows = [
    "  key  shmid perms  size  cpid  lpid nattch",
    "  1  42  600  56  9  9  3",
    "  2  43  600  56  9  9  0",
  ];
  writeFileSync(join(proc, "sysvipc", "shm"), `${rows.join("\n")}\n`);
});

afterAll(() => rmSync(proc, { recursive: true }));

test("the working folder of a live process is told, a zombie has none, a forbidden one is hidden", () => {
  expect(evidence.workingFolder(10)).toEqual({ kind: "folder", path: "/data" });
  expect(evidence.workingFolder(11)).toEqual({ kind: "none" });
  expect(evidence.workingFolder(12)).toEqual({ kind: "hidden" });
  expect(evidence.workingFolder(13)).toEqual({ kind: "none" });
});

test("the users of a shared memory segment are counted by the names of the columns", () => {
  expect([42, 43, 44].map((id) => evidence.sharedMemoryUsers(id))).toEqual([3, 0, 0]);
  expect(createProcessEvidence("linux", "/nonexistent").sharedMemoryUsers(42)).toBeUndefined();
});

test("where there is no proc file system everything is hidden", () => {
  const elsewhere = createProcessEvidence("darwin", proc);
  expect(elsewhere.workingFolder(10)).toEqual({ kind: "hidden" });
  expect(elsewhere.sharedMemoryUsers(42)).toBeUndefined();
});
