import { once } from "node:events";
import type { KilledProcess } from "../../domain/text/killed-processes.ts";
import { statusesOfSignals } from "../../errors.ts";
import type { EnteredNetwork } from "../../ports/isolation.ts";
import type { LogStore, ProcessLog } from "../../ports/logs/log-store.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { ChildProcessHandle, ProcessEnd, SpawnPlan } from "../../ports/spawner.ts";
import { type ChildOutput, readOutput } from "./child-output.ts";
import { createProcessTree } from "./process-tree.ts";
import type { RunGroup } from "./run-groups.ts";
import type { StartedChild } from "./start/tier-command.ts";

export interface ChildParts {
  readonly child: StartedChild;
  readonly plan: SpawnPlan;
  readonly network: EnteredNetwork | undefined;
  /** The kernel's group of the run, into which the child is put. */
  readonly group: RunGroup | undefined;
  readonly table: ProcessTable;
  /** Keeps what it writes; undefined where nothing is kept. */
  readonly logs: LogStore | undefined;
  /** Called once it has ended and nothing that came from it is being ended any more. */
  readonly onGone: () => void;
}

/** The handle of a started child: its output is read from now on, and when it ends its tree ends with it. */
export function createChildHandle(parts: ChildParts): ChildProcessHandle {
  const { child, plan, network, group, table } = parts;
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const tree = createProcessTree({
    table,
    runId: plan.isHook ? undefined : plan.runId,
    pid: child.pid,
    hasOwnGroup: !plan.tty,
    network: plan.isHook ? undefined : network,
    group: plan.isHook ? undefined : group,
    exit,
    isOver: () => child.exitCode !== null || child.signalCode !== null,
  });
  const tellKilled = (killed: readonly KilledProcess[]): void => {
    if (killed.length > 0) plan.onKilled?.(killed);
  };
  const joined = group && joinGroup(group, child.pid, plan.memoryLimitBytes);
  const stops = createStops();
  const log = openLog(parts);
  const outputs = readOutputs(parts, log);

  const end = async (): Promise<ProcessEnd> => {
    const [code, signal] = await exit;
    const pastMemoryBytes = joined?.pastMemoryBytes();
    const end = { code: code ?? undefined, signal: signal?.slice(3), pastMemoryBytes };
    const isCrash = !stops.hasBegun() && plan.isHook !== true && isFailure(end);
    // A helper of a bot that crashed would hold the old identity while the next bot starts.
    await stops.runUnlessBegun(() => tree.kill().then(tellKilled, () => {}));
    for (const output of outputs) output.stopWaiting();
    await Promise.all(outputs.map((output) => output.finished));
    const lastLines = await log?.close(end, isCrash);
    return lastLines === undefined ? end : { ...end, lastLines };
  };
  const ended = end();
  void ended.then(() => stops.settled()).then(parts.onGone);
  return {
    pid: child.pid,
    // A child that ended at once has none any more; 0 belongs to no process that a launcher could meet.
    startTicks: table.startTicks(child.pid) ?? 0,
    // A command that reads nothing closes it.
    input: child.stdin?.on("error", () => {}) ?? undefined,
    heldBy: () => (joined?.isIn() === true ? "cgroup" : "run id"),
    endsPastBytes: () => joined?.endsPastBytes(),
    ended,
    stop: (settings) => stops.run(() => tree.stop(settings).then(tellKilled)),
    kill: () => stops.run(() => tree.killAtOnce()),
  };
}

/**
 * The kernel ends at once what a launcher would have asked to stop. So it does that at a quarter more than the limit: what grows slowly is
 * seen by a launcher first, and has room to end well.
 */
const kernelsPart = 1.25;

/** Puts a process into the group of its run, with what the kernel is to end it for. */
function joinGroup(group: RunGroup, pid: number, limitBytes: number | undefined) {
  let isIn = false;
  let isLimited = false;
  const bytes = limitBytes === undefined ? undefined : Math.floor(limitBytes * kernelsPart);
  // Of a run without a limit nothing is read.
  const ends = () => (bytes === undefined ? 0 : group.memoryEnds());
  const endsBefore = ends();
  const join = async (): Promise<void> => {
    isLimited = bytes !== undefined && (await group.limitMemory(bytes));
    isIn = await group.add(pid);
  };
  void join();
  return {
    isIn: () => isIn,
    endsPastBytes: () => (isIn && isLimited ? bytes : undefined),
    pastMemoryBytes: () => (ends() > endsBefore ? bytes : undefined),
  };
}

// Each is over only when all are: once one was, the next process of the run may live, and whoever still looked for what is
// left of this one would find that.
function createStops() {
  const underWay = new Set<Promise<void>>();
  let hasBegun = false;
  const run = async (stop: () => Promise<void>): Promise<void> => {
    hasBegun = true;
    const mine = stop();
    underWay.add(mine);
    try {
      await mine;
    } finally {
      underWay.delete(mine);
      await Promise.allSettled(underWay);
    }
  };
  return {
    hasBegun: () => hasBegun,
    run,
    async runUnlessBegun(stop: () => Promise<void>): Promise<void> {
      if (!hasBegun) await run(stop);
    },
    /** Once none is under way. */
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

const askedBy: ReadonlySet<string | undefined> = new Set(["TERM", "INT", "QUIT", "HUP"]);
/** What a program ends with that was asked to end by one of these signals. */
const askedStatuses: ReadonlySet<number | undefined> = new Set([0, ...statusesOfSignals]);

// Whoever signals a bot directly wants it to end.
function isFailure({ code, signal }: ProcessEnd): boolean {
  return signal === undefined ? !askedStatuses.has(code) : !askedBy.has(signal);
}

function openLog({ child, plan, logs }: ChildParts): ProcessLog | undefined {
  if (plan.logFile === undefined || plan.tty) return undefined;
  return logs?.open({
    path: plan.logFile,
    runId: plan.runId,
    pid: child.pid,
    isShared: plan.sharesLog ?? false,
    onTrouble: (message) => plan.output.stderr.write(Buffer.from(`${message}\n`)),
  });
}

function readOutputs(
  { child, plan: { output } }: ChildParts,
  log: ProcessLog | undefined,
): readonly ChildOutput[] {
  return (["stdout", "stderr"] as const).flatMap((name) => {
    const source = child[name];
    if (source === null) return [];
    const streamLog = log && { ...log[name], drained: () => log.drained() };
    return [readOutput(source, output[name], streamLog)];
  });
}
