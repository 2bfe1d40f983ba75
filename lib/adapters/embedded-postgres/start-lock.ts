import { readFileSync, unlinkSync } from "node:fs";
import type { ProcessIdentity } from "../../domain/run/lease.ts";
import { jsonObjectIn } from "../../domain/text/json-object.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { writeNewFile } from "../host-files/new-file.ts";
import { textIn } from "../host-files/read-if-there.ts";
import { pause } from "./server/pause.ts";

export interface StartLock {
  readonly path: string;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  /** Longest wait for another starter; then the work begins without the lock. */
  readonly patienceMs: number;
  /** Asked while waiting: true ends the wait without doing the work. */
  readonly isNeedless: () => Promise<boolean>;
}

/**
 * Lets one of many starters work while the others wait for what it achieves. It only prevents a stampede (twenty initdbs
 * at once); who may start is decided by PostgreSQL's own interlock, so a lock that is lost or broken costs time, nothing else.
 */
export async function withStartLock<T>(lock: StartLock, work: () => Promise<T>): Promise<T | "needless"> {
  const mine = JSON.stringify(lock.processes.self());
  const deadline = lock.clock.monotonicMs() + lock.patienceMs;
  while ((await writeNewFile(lock.path, mine)) === "kept" && lock.clock.monotonicMs() < deadline) {
    if (breakIfDead(lock)) continue;
    await pause(lock.clock, 40 + Math.random() * 40);
    if (await lock.isNeedless()) return "needless";
  }
  try {
    return await work();
  } finally {
    removeIf(lock.path, mine);
  }
}

function breakIfDead(lock: StartLock): boolean {
  const text = textIn(lock.path);
  if (text === undefined) return true;
  const owner = jsonObjectIn(text) as Partial<ProcessIdentity>;
  const isOne = typeof owner.pid === "number";
  if (isOne && lock.processes.judge(owner as ProcessIdentity) !== "dead") return false;
  removeIf(lock.path, text);
  return true;
}

function removeIf(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) unlinkSync(path);
  } catch {
    // Somebody else removed it.
  }
}
