import { setTimeout as delay } from "node:timers/promises";
import type { RunId } from "../../domain/ids.ts";
import type { StopSettings } from "../../domain/run/unit.ts";
import { ProcessError } from "../../errors.ts";
import type { EnteredNetwork } from "../../ports/isolation.ts";
import type { ProcessTable } from "../../ports/process-table.ts";

export interface TreeOptions {
  readonly table: ProcessTable;
  /** Undefined where only the group is meant. */
  readonly runId: RunId | undefined;
  readonly pid: number;
  /** False for a child that stayed in the launcher's own group: the run id alone then tells its tree. */
  readonly hasOwnGroup: boolean;
  readonly network: EnteredNetwork | undefined;
}

/**
 * Everything that came from one child: its group, by the run id whatever left the group (setsid, double fork), and in a
 * network of its own also what has another environment, since the next bot is started in the same network.
 */
export interface ProcessTree {
  /** Asks the tree with the signal, and kills what is left after the grace; settles when nothing is left. */
  stop(settings: StopSettings): Promise<void>;
  kill(): Promise<void>;
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
    await killAll(find);
    forgetGroup();
  };
  return {
    kill,
    async stop({ signal, graceMs }) {
      for (const pid of find()) sendSignal(pid, `SIG${signal}` as NodeJS.Signals);
      if (graceMs > 0 && (await isGoneWithin(find, graceMs))) forgetGroup();
      else await kill();
    },
  };
}

/** Kills what `find` lists until it lists nothing; gives back how many processes that were. Throws ProcessError when they will not die. */
export async function killAll(find: () => readonly number[]): Promise<number> {
  const killed = new Set<number>();
  const killFound = () => {
    const pids = find();
    for (const pid of pids) {
      killed.add(pid);
      sendSignal(pid, "SIGKILL");
    }
    return pids;
  };
  if (await isGoneWithin(killFound, longestDyingMs)) return killed.size;
  throw new ProcessError("LAUNCH_STOP_FAILED", `These processes could not be killed: ${find().join(", ")}.`, {
    hint: "Look at them with `ps -o pid,user,stat,args -p <pid>`; a process in state D waits for a device.",
  });
}

function treePids({ table, runId, pid, hasOwnGroup, network }: TreeOptions): readonly number[] {
  const group = hasOwnGroup ? table.inGroup(pid) : [];
  const ofRun = runId === undefined ? [] : table.withRunId(runId);
  return [...new Set([...group, ...ofRun, ...networkPids(table, network)])];
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
