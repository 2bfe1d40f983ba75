import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { RunId } from "../../../lib/domain/ids.ts";
import type { ChildProcessHandle, SpawnPlan } from "../../../lib/ports/spawner.ts";
import { builtFile } from "../../support/built.ts";
import { eventually } from "../../support/eventually.ts";
import { isHeld } from "../../support/processes/is-held.ts";
import type { SpawnerRig } from "./rig.ts";

/* What the tests of a Node program that is started before it is needed share. */

const observe = builtFile("preload/preload/observe.js");

// What it prints tells who ran, and what of the waiting it could see.
const program = `
  import { readdirSync, readlinkSync, writeFileSync } from "node:fs";
  const files = readdirSync("/proc/self/fd").flatMap((name) => {
    try { return [readlinkSync("/proc/self/fd/" + name)]; } catch { return []; }
  });
  writeFileSync(process.argv[2], "ran");
  const sockets = files.filter((file) => file.startsWith("socket:")).length;
  console.log(process.pid + " " + sockets + " " + ("LAUNCH_HOLD" in process.env));
  setInterval(() => {}, 1000);
`;

export interface Ahead {
  readonly plan: SpawnPlan;
  readonly marker: string;
}

/** A program that may be started ahead, and the file that it makes when it runs. */
export function aheadPlan(rig: SpawnerRig, change: Partial<SpawnPlan> = {}): Ahead {
  const runId = randomUUID() as RunId;
  const marker = join(rig.folder(), `${runId}.marker`);
  const script = rig.file("program.mjs", program, 0o644);
  const env = {
    PATH: process.env["PATH"] ?? "",
    LAUNCH_RUN_ID: runId,
    NODE_OPTIONS: `--require "${observe}"`,
  };
  const command = [process.execPath, script, marker];
  const stream = { write: () => true, drained: async () => {} };
  const plan: SpawnPlan = {
    runId,
    command,
    cwd: rig.folder(),
    env,
    tty: false,
    logFile: undefined,
    output: { stdout: stream, stderr: stream },
    tier: { tier: "direct" },
    ahead: { nodeOptions: undefined },
    ...change,
  };
  return { plan, marker };
}

export function startAhead(
  rig: SpawnerRig,
  { plan: { runId, output: _output, ...change } }: Ahead,
): Promise<ChildProcessHandle> {
  return rig.spawn(change.command, { runId, ...change });
}

/** The process of the run that waits, once it does. */
export async function waitingOf(rig: SpawnerRig, runId: string): Promise<number> {
  const [pid = 0] = await eventually(
    () => rig.table.withRunId(runId as RunId).filter(isHeld),
    (pids) => pids.length > 0,
  );
  return pid;
}
