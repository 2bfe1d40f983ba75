import { setTimeout as delay } from "node:timers/promises";
import type { RunId } from "../../domain/ids.ts";
import type { StopSettings } from "../../domain/run/unit.ts";
import type { KilledProcess } from "../../domain/text/killed-processes.ts";
import { ProcessError } from "../../errors.ts";
import type { EnteredNetwork } from "../../ports/isolation.ts";
import type { ProcessLook, ProcessTable } from "../../ports/process-table.ts";
import type { RunGroup } from "./run-groups.ts";
import { looksOf, type SharedLooks } from "./shared-looks.ts";

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
  /** Settles when the child has ended; it is `isOver` from then on. */
  readonly exit: Promise<unknown>;
  readonly isOver: () => boolean;
}

/** Killed processes that do not go away within this (stuck in the kernel, or not ours to kill) make the stop fail. */
const longestDyingMs = 30_000;
/** A killed child ends at once; one that does not keeps nobody from killing the others. */
const endsWithinMs = 100;

/**
 * Everything that came from one child: its process group, by the kernel's group and the run id whatever left that (setsid, double
 * fork), and in a network of its own also what has another environment, since the next bot is started in the same network.
 */
export function createProcessTree(options: TreeOptions) {
  const { table, pid, group, exit, isOver } = options;
  const looks = looksOf(table, "ours");
  // What is gone does not come back, and the kernel may give the number of its group to a stranger.
  let isGone = false;
  const find = (look: ProcessLook) => (isGone ? [] : treePids(look, options));
  const kill = async () => {
    if (isGone) return [];
    const killed = await killAll(find, { looks, table, group, exit });
    isGone = true;
    return killed;
  };
  const stop = async ({ signal, graceMs }: StopSettings) => {
    if (isGone) return [];
    const untilMs = performance.now() + graceMs;
    // Who is asked is known before anybody is: what a bot starts in order to end well is left alone.
    for (const each of find(await looks.soon())) sendSignal(each, `SIG${signal}` as NodeJS.Signals);
    await settledWithin(exit, graceMs);
    if (graceMs <= 0 || !(await isGoneBy(untilMs, looks, find))) return kill();
    isGone = true;
    return [];
  };
  return {
    /** Kills what the child has left, and tells what that was. */
    kill,
    /** Asks the tree with the signal, and kills what is left after the grace; settles with that when nothing is left. */
    stop: (settings: StopSettings) => looks.during(() => stop(settings)),
    /** Kills the child with its groups before anything is looked at, then whatever has left them. */
    async killAtOnce(): Promise<void> {
      if (!isGone && !isOver()) {
        group?.kill();
        sendSignal(options.hasOwnGroup ? -pid : pid, "SIGKILL");
      }
      await kill();
    },
  };
}

interface KillParts extends Pick<TreeOptions, "table" | "group"> {
  readonly looks: SharedLooks;
  /** What is killed is mostly gone by then. */
  readonly exit?: Promise<unknown>;
}

/** Kills what `find` lists until it lists nothing; gives back what that was. Throws ProcessError when it will not die. */
export function killAll(find: Find, parts: KillParts): Promise<readonly KilledProcess[]> {
  return parts.looks.during(() => killFoundBy(find, parts));
}

async function killFoundBy(
  find: Find,
  { looks, table, group, exit }: KillParts,
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
  const untilMs = performance.now() + longestDyingMs;
  const isFirstEmpty = killFound(await looks.soon()).length === 0;
  if (!isFirstEmpty) await settledWithin(exit, endsWithinMs);
  if (await isGoneBy(untilMs, looks, killFound, isFirstEmpty)) return [...killed.values()];
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
async function isGoneBy(untilMs: number, looks: SharedLooks, find: Find, wasEmpty = false): Promise<boolean> {
  let isEmpty = wasEmpty;
  for (let waitMs = 2; ; ) {
    const isEmptyNow = find(await looks.later()).length === 0;
    if (isEmpty && isEmptyNow) return true;
    isEmpty = isEmptyNow;
    if (isEmpty) continue;
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return false;
    await delay(Math.min(waitMs, leftMs));
    waitMs = Math.min(waitMs * 2, 100);
  }
}

async function settledWithin(work: Promise<unknown> | undefined, ms: number): Promise<void> {
  const clock = new AbortController();
  await Promise.race([work, delay(ms, undefined, { signal: clock.signal })]).finally(() => clock.abort());
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
