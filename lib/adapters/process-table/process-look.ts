import type { RunId } from "../../domain/ids.ts";
import type { ProcessLook } from "../../ports/process-table.ts";
import type { ProcFiles } from "./proc-files.ts";

/** Answers from what it reads; programs alone are looked at, and no thread of the kernel. */
export function lookWith(files: ProcFiles): ProcessLook {
  const programs = (): readonly number[] =>
    files.pids().filter((pid) => {
      const stat = files.stat(pid);
      return stat !== undefined && stat.isOfKernel !== true;
    });
  return {
    withRunId: (runId) => programs().filter((pid) => isOfRun(files, runId, pid)),
    inGroup: (pgid) => programs().filter((pid) => files.stat(pid)?.groupId === pgid),
    inNetwork: (name) => programs().filter((pid) => files.network(pid) === name),
  };
}

/** The same files, each read once. */
export function readOnce({ pids, stat, runIds, network, ownMounts }: ProcFiles): ProcFiles {
  let all: readonly number[] | undefined;
  return {
    pids() {
      all ??= pids();
      return all;
    },
    stat: once(stat),
    runIds: once(runIds),
    network: once(network),
    ownMounts: once(ownMounts),
  };
}

function once<T>(readOf: (pid: number) => T): (pid: number) => T {
  const known = new Map<number, { readonly value: T }>();
  return (pid) => {
    const found = known.get(pid) ?? { value: readOf(pid) };
    known.set(pid, found);
    return found.value;
  };
}

// A program may start others without any environment, in sessions of their own. In the kernel tier they still have the
// run's socket in their file view, which they cannot change.
function isOfRun(files: ProcFiles, runId: RunId, pid: number): boolean {
  if (pid === process.pid) return false;
  if (files.runIds(pid).has(runId)) return true;
  // Helpers of this launcher stay in the bot's file view from one start to the next.
  return files.stat(pid)?.parentPid !== process.pid && files.ownMounts(pid)?.includes(runId) === true;
}
