import { existsSync, mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { textIn } from "../host-files/read-if-there.ts";

/** Where the launcher itself goes: the kernel limits memory only below a group that holds no process. */
export const launchersGroup = "launch-own";

/** What is forked while the launcher moves is moved in the next round. */
const mostRounds = 20;

/**
 * Lets the groups below this one limit memory; false where the kernel does not allow it. What is in the group itself has to leave it: done
 * only if all of that has come from this launcher, so not for the group of a terminal, whose shell is nobody's to move.
 */
export async function delegateMemory(folder: string, proc = "/proc"): Promise<boolean> {
  const control = join(folder, "cgroup.subtree_control");
  if (!wordsOf(join(folder, "cgroup.controllers")).includes("memory")) return false;
  if (wordsOf(control).includes("memory")) return true;
  return (await leave(folder, proc)) && (await isWritten(control, "+memory"));
}

async function leave(folder: string, proc: string): Promise<boolean> {
  // The top of the tree may hold processes all the same.
  if (!existsSync(join(folder, "cgroup.type"))) return true;
  const members = () => wordsOf(join(folder, "cgroup.procs")).map(Number);
  const own = join(folder, launchersGroup);
  for (let round = 0; round < mostRounds; round++) {
    const pids = members();
    if (pids.length === 0) return true;
    if (!pids.every((pid) => isOurs(pid, proc)) || !isMade(own)) return false;
    // A process that has ended meanwhile cannot be moved; the next round tells.
    for (const pid of pids) await isWritten(join(own, "cgroup.procs"), `${pid}`);
  }
  return false;
}

// This launcher, what has come from it, and what is gone by now. 0 is a process of another pid namespace.
function isOurs(pid: number, proc: string): boolean {
  for (let each = pid; each !== process.pid; ) {
    const parent = parentOf(each, proc);
    if (parent === undefined) return each === pid && each !== 0;
    each = parent;
  }
  return true;
}

function parentOf(pid: number, proc: string): number | undefined {
  const stat = textIn(join(proc, `${pid}`, "stat"), "latin1");
  // The name in parentheses may hold blanks (proc(5)).
  return stat ? Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) : undefined;
}

function isMade(folder: string): boolean {
  try {
    if (!existsSync(folder)) mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Writes to a file of the kernel's; false where it refuses. By a thread of its own: the kernel lets all forks of the host drain before it moves a process. */
export function isWritten(file: string, text: string): Promise<boolean> {
  return writeFile(file, text).then(
    () => true,
    () => false,
  );
}

function wordsOf(file: string): readonly string[] {
  return (textIn(file, "latin1") ?? "").split(/\s+/).filter(Boolean);
}
