import { execFileSync } from "node:child_process";
import { hostname } from "node:os";
import type { RunId } from "../../domain/ids.ts";
import type { ProcessIdentity } from "../../domain/run/lease.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { childVariables } from "../../protocol/environment.ts";
import { judgeBy } from "./judge.ts";
import { isStoppedState } from "./process-stat.ts";

/** The process table of macOS, best effort, by one `ps` a call: start "ticks" are whole seconds since the epoch, and only this user's environments can be read. */
export function createPsProcessTable(): ProcessTable {
  const startTicks = (pid: number) => rows().find((row) => row.pid === pid)?.startTicks;
  const self = (): ProcessIdentity => ({
    host: hostname(),
    machineId: hostname(),
    bootId: run("sysctl", ["-n", "kern.boottime"]).trim(),
    pidNamespace: "none",
    pid: process.pid,
    startTicks: startTicks(process.pid) ?? 0,
  });
  return {
    self,
    startTicks,
    isStopped: (pid) => rows().some((row) => row.pid === pid && isStoppedState(row.state)),
    judge: (identity) => judgeBy(self(), startTicks, identity),
    withRunId,
    program: (pid) =>
      run("ps", ["-A", "-o", "pid=,comm="])
        .split("\n")
        .map((line) => /^\s*(\d+)\s+(?:.*\/)?(.+?)\s*$/.exec(line))
        .find((found) => Number(found?.[1]) === pid)?.[2],
    inGroup: (pgid) =>
      rows()
        .filter((row) => row.groupId === pgid)
        .map((row) => row.pid),
    // macOS has one network for all.
    inNetwork: () => [],
  };
}

interface PsRow {
  readonly pid: number;
  readonly groupId: number;
  readonly startTicks: number;
  readonly state: string;
}

/** Reads what `ps -A -o pid=,pgid=,stat=,lstart=` prints, leaving zombies out. */
export function parsePsRows(output: string): readonly PsRow[] {
  return output.split("\n").flatMap((line) => {
    const [, pid, groupId, state, started] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    if (pid === undefined || started === undefined || state === undefined || state.startsWith("Z")) return [];
    const row = { pid: Number(pid), groupId: Number(groupId), startTicks: Date.parse(started) / 1000, state };
    return [row.pid, row.groupId, row.startTicks].every(Number.isSafeInteger) ? [row] : [];
  });
}

function rows(): readonly PsRow[] {
  return parsePsRows(run("ps", ["-A", "-o", "pid=,pgid=,stat=,lstart="]));
}

function withRunId(runId: RunId): readonly number[] {
  const entry = `${childVariables.runId}=${runId}`;
  return run("ps", ["-A", "-E", "-ww", "-o", "pid=,command="])
    .split("\n")
    .filter((line) => line.includes(entry))
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
}

// A failing `ps` must look like "nothing found" to no one: the error passes to the caller.
function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C" },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
  });
}
