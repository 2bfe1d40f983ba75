import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type StartLock, withStartLock } from "../../../../lib/adapters/embedded-postgres/start-lock.ts";
import { instant, monotonic } from "../../../../lib/domain/time.ts";
import type { ProcessTable } from "../../../../lib/ports/process-table.ts";

let folder: string;
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "launch-start-lock-"));
  nowMs = 0;
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A lock whose clock goes on by every wait, at once. */
function lock(
  more: Partial<StartLock> = {},
  judgement: ReturnType<ProcessTable["judge"]> = "alive",
): StartLock {
  const processes: Partial<ProcessTable> = {
    self: () => ({
      host: "h",
      machineId: "m",
      bootId: "b",
      pidNamespace: "1",
      pid: process.pid,
      startTicks: 9,
    }),
    judge: () => judgement,
  };
  return {
    path: join(folder, "start.lock"),
    processes: processes as ProcessTable,
    clock: {
      now: () => instant(nowMs),
      monotonicMs: () => monotonic(nowMs),
      after(delayMs, work) {
        nowMs += delayMs;
        queueMicrotask(work);
        return () => {};
      },
    },
    patienceMs: 1000,
    isNeedless: async () => false,
    ...more,
  };
}

const other = JSON.stringify({
  pid: 4711,
  startTicks: 1,
  bootId: "b",
  host: "h",
  machineId: "m",
  pidNamespace: "1",
});

test("the lock is held during the work, released after it, also when it fails, and nothing else is left", async () => {
  const path = join(folder, "start.lock");
  expect(await withStartLock(lock(), async () => existsSync(path))).toBe(true);
  await expect(withStartLock(lock(), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(readdirSync(folder)).toEqual([]);
});

test("whoever finds it held waits until the other's work makes its own needless", async () => {
  writeFileSync(join(folder, "start.lock"), other);
  const isNeedless = async () => nowMs > 300;
  expect(await withStartLock(lock({ isNeedless }), async () => "worked")).toBe("needless");
  expect(nowMs).toBeGreaterThan(300);
});

test("the lock of a process that is gone, and one that nobody can read, are broken at once", async () => {
  for (const text of [other, "", "garbage"]) {
    writeFileSync(join(folder, "start.lock"), text);
    expect(await withStartLock(lock({}, "dead"), async () => "worked")).toBe("worked");
  }
  expect(nowMs).toBe(0);
});

test("patience with a holder that never finishes, or lives elsewhere, is bounded, and its lock stays its own", async () => {
  writeFileSync(join(folder, "start.lock"), other);
  expect(await withStartLock(lock({}, "elsewhere"), async () => "worked")).toBe("worked");
  expect(nowMs).toBeGreaterThanOrEqual(1000);
  expect(readdirSync(folder)).toEqual(["start.lock"]);
});
