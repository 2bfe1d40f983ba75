import { readFileSync } from "node:fs";

/** Whether the process runs; one that was killed may still wait for its new parent to ask about it. */
export function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
