import { setTimeout as delay } from "node:timers/promises";
import type { RunId } from "../../domain/ids.ts";
import type { StopSettings } from "../../domain/run/unit.ts";
import type { KilledProcess } from "../../domain/text/killed-processes.ts";
import { ProcessError } from "../../errors.ts";
import type { EnteredNetwork } from "../../ports/isolation.ts";
import type { ProcessLook, ProcessTable } from "../../ports/process-table.ts";
import type { RunGroup } from "./run-groups.ts";
import { looksOf } from "./shared-looks.ts";

export interface TreeOptions {
  readonly table: ProcessTable;
  /** Undefined where only the group is meant. */
  readonly runId: RunId | undefined;
  readonly pid: number;
  /** False for a child that stayed in the launcher's own group: the run id alone then tells its tree. */
  readonly hasOwnGroup: boolean;
  readonly network: EnteredNetwork | undefined;
  /** Undefined where the kernel keeps no group for the run, or only a part of it is meant. */
  readonly group: RunGroup | undefined;
}

/**
 * Everything that came from one child: its process group, by the kernel's group and the run id whatever left that (setsid, double
 * fork), and in a network of its own also what has another environment, since the next bot is started in the same network.
 */
export interface ProcessTree {
  /** Asks the tree with the signal, and kills what is left after the grace; settles with that when nothing is left. */
  stop(settings: StopSettings): Promise<readonly KilledProcess[]>;
  kill(): Promise<readonly KilledProcess[]>;
}

/** Killed processes that do not go away within this (stuck in the kernel, or not ours to kill) make the stop fail. */
const longestDyingMs = 30_000;

/** The tree of one child. */
export function createProcessTree(options: TreeOptions): ProcessTree {
  const { table } = options;
  // What is gone does not come back, and the kernel may give the number of its group to a stranger.
  let isGone = false;
  const find = (look: ProcessLook) => (isGone ? [] : treePids(look, options));
  const kill = async () => {
    if (isGone) return [];
    const killed = await killAll(find, options);
    isGone = true;
    return killed;
  };
  return {
    kill,
    async stop({ signal, graceMs }) {
      if (isGone) return [];
      for (const pid of find(await looksOf(table).soon())) sendSignal(pid, `SIG${signal}` as NodeJS.Signals);
      if (graceMs <= 0 || !(await isGoneWithin(table, find, graceMs))) return kill();
      isGone = true;
      return [];
    },
  };
}

/** Kills what `find` lists until it lists nothing; gives back what that was. Throws ProcessError when it will not die. */
export async function killAll(
  find: Find,
  { table, group }: Pick<TreeOptions, "table" | "group">,
): Promise<readonly KilledProcess[]> {
  const killed = new Map<number, KilledProcess>();
  const killFound = (look: ProcessLook) => {
    const pids = find(look);
    for (const pid of pids)
      if (!killed.has(pid)) killed.set(pid, { pid, program: table.program(pid) ?? "unknown" });
    // At once, so that nothing forks its way past the signals.
    if (pids.length > 0) group?.kill();
    for (const pid of pids) sendSignal(pid, "SIGKILL");
    return pids;
  };
  killFound(await looksOf(table).soon());
  if (await isGoneWithin(table, killFound, longestDyingMs)) return [...killed.values()];
  const left = find(table).join(", ");
  throw new ProcessError("LAUNCH_STOP_FAILED", `These processes could not be killed: ${left}.`, {
    hint: "Look at them with `ps -o pid,user,stat,args -p <pid>`; a process in state D waits for a device.",
  });
}

type Find = (look: ProcessLook) => readonly number[];

function treePids(
  look: ProcessLook,
  { runId, pid, hasOwnGroup, network, group }: TreeOptions,
): readonly number[] {
  const ofGroup = hasOwnGroup ? look.inGroup(pid) : [];
  const ofRun = runId === undefined ? [] : look.withRunId(runId);
  return [...new Set([...ofGroup, ...(group?.pids() ?? []), ...ofRun, ...networkPids(look, network)])];
}

function networkPids(look: ProcessLook, network: EnteredNetwork | undefined): readonly number[] {
  const name = network?.name();
  if (network === undefined || name === undefined) return [];
  const helpers = network.helpers();
  return look.inNetwork(name).filter((pid) => !helpers.includes(pid));
}

// Looked at twice before it counts as gone: a process that forks while the table is read can be missed once.
async function isGoneWithin(table: ProcessTable, find: Find, timeoutMs: number): Promise<boolean> {
  const looks = looksOf(table);
  const deadline = performance.now() + timeoutMs;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    if (find(await looks.later()).length === 0 && find(await looks.later()).length === 0) return true;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return false;
    await delay(Math.min(waitMs, leftMs));
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: gone by itself. EPERM: another user's by setuid; the deadline will name it.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
