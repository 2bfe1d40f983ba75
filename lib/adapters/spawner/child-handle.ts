import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { EnteredNetwork } from "../../ports/isolation.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { ChildProcessHandle, ProcessEnd, SpawnPlan } from "../../ports/spawner.ts";
import { type ChildOutput, readOutput } from "./child-output.ts";
import { type LogFile, openLogFile } from "./log-file.ts";
import { createProcessTree } from "./process-tree.ts";

export type StartedChild = ChildProcess & { readonly pid: number };

export interface ChildParts {
  readonly child: StartedChild;
  readonly plan: SpawnPlan;
  readonly network: EnteredNetwork | undefined;
  readonly table: ProcessTable;
  readonly log: { readonly maxBytes: number; readonly keep: number };
}

/** The handle of a started child: its output is read from now on, and when it ends its tree ends with it. */
export function createChildHandle(parts: ChildParts): ChildProcessHandle {
  const { child, plan, network, table } = parts;
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const tree = createProcessTree({
    table,
    runId: plan.isHook ? undefined : plan.runId,
    pid: child.pid,
    hasOwnGroup: !plan.tty,
    network: plan.isHook ? undefined : network,
  });
  const stops = createStops();
  const log = openLog(parts);
  const outputs = readOutputs(parts, log);

  const end = async (): Promise<ProcessEnd> => {
    const [code, signal] = await exit;
    // A helper of a bot that crashed would hold the old identity while the next bot starts.
    await stops.runUnlessBegun(() => tree.kill().catch(() => {}));
    for (const output of outputs) output.stopWaiting();
    await Promise.all(outputs.map((output) => output.finished));
    await log?.close();
    return { code: code ?? undefined, signal: signal?.slice(3) };
  };
  return {
    pid: child.pid,
    // A child that ended at once has none any more; 0 belongs to no process that a launcher could meet.
    startTicks: table.startTicks(child.pid) ?? 0,
    ended: end(),
    stop: (settings) => stops.run(() => tree.stop(settings)),
    kill: () => stops.run(() => tree.kill()),
  };
}

interface Stops {
  run(stop: () => Promise<void>): Promise<void>;
  runUnlessBegun(stop: () => Promise<void>): Promise<void>;
}

// Each is over only when all are: once one was, the next process of the run may live, and whoever still looked for what is
// left of this one would find that.
function createStops(): Stops {
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
    run,
    async runUnlessBegun(stop) {
      if (!hasBegun) await run(stop);
    },
  };
}

function openLog({ plan, log }: ChildParts): LogFile | undefined {
  if (plan.logFile === undefined || plan.tty) return undefined;
  return openLogFile({
    ...log,
    // Its bot writes to the same file, and puts it aside when it is full.
    ...(plan.isHook ? { maxBytes: Number.POSITIVE_INFINITY } : {}),
    path: plan.logFile,
    onTrouble: (message) => plan.output.stderr.write(Buffer.from(`${message}\n`)),
  });
}

function readOutputs(
  { child, plan: { output } }: ChildParts,
  log: LogFile | undefined,
): readonly ChildOutput[] {
  return [
    ...(child.stdout === null ? [] : [readOutput(child.stdout, output.stdout, log)]),
    ...(child.stderr === null ? [] : [readOutput(child.stderr, output.stderr, log)]),
  ];
}
