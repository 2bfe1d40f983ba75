import { setTimeout as delay } from "node:timers/promises";
import type { RunId } from "../../domain/ids.ts";
import type { StopSettings } from "../../domain/run/unit.ts";
import type { KilledProcess } from "../../domain/text/killed-processes.ts";
import { ProcessError } from "../../errors.ts";
import type { EnteredNetwork } from "../../ports/isolation.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { RunGroup } from "./run-groups.ts";

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
  let hasGroup = options.hasOwnGroup;
  const find = () => treePids({ ...options, hasOwnGroup: hasGroup });
  // The kernel may give the number of an empty group to a stranger: from then on the run id alone tells.
  const forgetGroup = () => {
    hasGroup = false;
  };
  const kill = async () => {
    const killed = await killAll(find, options);
    forgetGroup();
    return killed;
  };
  return {
    kill,
    async stop({ signal, graceMs }) {
      for (const pid of find()) sendSignal(pid, `SIG${signal}` as NodeJS.Signals);
      if (graceMs <= 0 || !(await isGoneWithin(find, graceMs))) return kill();
      forgetGroup();
      return [];
    },
  };
}

/** Kills what `find` lists until it lists nothing; gives back what that was. Throws ProcessError when it will not die. */
export async function killAll(
  find: () => readonly number[],
  { table, group }: Pick<TreeOptions, "table" | "group">,
): Promise<readonly KilledProcess[]> {
  const killed = new Map<number, KilledProcess>();
  const killFound = () => {
    const pids = find();
    for (const pid of pids)
      if (!killed.has(pid)) killed.set(pid, { pid, program: table.program(pid) ?? "unknown" });
    // At once, so that nothing forks its way past the signals.
    if (pids.length > 0) group?.kill();
    for (const pid of pids) sendSignal(pid, "SIGKILL");
    return pids;
  };
  if (await isGoneWithin(killFound, longestDyingMs)) return [...killed.values()];
  throw new ProcessError("LAUNCH_STOP_FAILED", `These processes could not be killed: ${find().join(", ")}.`, {
    hint: "Look at them with `ps -o pid,user,stat,args -p <pid>`; a process in state D waits for a device.",
  });
}

function treePids({ table, runId, pid, hasOwnGroup, network, group }: TreeOptions): readonly number[] {
  const ofGroup = hasOwnGroup ? table.inGroup(pid) : [];
  const ofRun = runId === undefined ? [] : table.withRunId(runId);
  return [...new Set([...ofGroup, ...(group?.pids() ?? []), ...ofRun, ...networkPids(table, network)])];
}

function networkPids(table: ProcessTable, network: EnteredNetwork | undefined): readonly number[] {
  const name = network?.name();
  if (network === undefined || name === undefined) return [];
  const helpers = network.helpers();
  return table.inNetwork(name).filter((pid) => !helpers.includes(pid));
}

// Looked at twice before it counts as gone: a process that forks while the table is read can be missed once.
async function isGoneWithin(find: () => readonly number[], timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    if (find().length === 0 && find().length === 0) return true;
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
