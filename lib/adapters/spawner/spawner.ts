import { realpathSync, statSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { hostLimit } from "../../domain/host-limit.ts";
import type { RunId } from "../../domain/ids.ts";
import { ConfigError, InternalError, type LaunchError, ProcessError } from "../../errors.ts";
import type { Entrance, Isolation, KernelPlan } from "../../ports/isolation.ts";
import type { LogStore } from "../../ports/logs/log-store.ts";
import type { ProcessLook, ProcessTable } from "../../ports/process-table.ts";
import type { ChildProcessHandle, Spawner, SpawnPlan } from "../../ports/spawner.ts";
import { type ChildParts, createChildHandle } from "./child-handle.ts";
import type { DeathWatch } from "./death-watch.ts";
import { refuseNetworkStreams } from "./own-streams.ts";
import { killAll } from "./process-tree.ts";
import { findExecutable } from "./program/find-executable.ts";
import { inspectCommand } from "./program/inspect-command.ts";
import { readInterpreter } from "./program/shebang.ts";
import { type RunGroup, runGroups } from "./run-groups.ts";
import { looksOf } from "./shared-looks.ts";
import { heedsNodeOptions } from "./start/heeds-node-options.ts";
import { type Held, type HeldChildren, heldChildren } from "./start/held-children.ts";
import { deathSignalWords, findSetpriv } from "./start/setpriv.ts";
import { launch, tierCommand } from "./start/tier-command.ts";

export interface SpawnerOptions {
  readonly processTable: ProcessTable;
  /** Serves the kernel tier; without it that tier is refused. */
  readonly isolation?: Isolation | undefined;
  /** Keeps what children write; without it nothing is kept. */
  readonly logs?: LogStore | undefined;
  /** Kills what is left when this launcher is killed; without it the next one does. */
  readonly watch?: DeathWatch | undefined;
}

/** As long as a file view that was laid ahead waits for its bot. */
const heldForMs = 5_000;

/** The spawner of this machine. */
export function createSpawner(options: SpawnerOptions): Spawner {
  const { processTable: table, logs } = options;
  const live = new Set<ChildProcessHandle>();
  const runs = runsOf(options);
  const held = heldChildren(heldForMs, (runId) => runs.use(runId));
  const { isolation } = options;
  return {
    inspect: inspectCommand,
    prepare(plan) {
      if (isKernelPlan(plan)) isolation?.prepare(plan);
      if (plan.ahead !== undefined) held.hold(plan.runId, () => findAhead(plan, isolation));
    },
    async forget(runId) {
      isolation?.forget(runId);
      await held.forget(runId);
    },
    async spawn(plan) {
      const run = runs.use(plan.runId);
      try {
        const started = await start(plan, { isolation, held });
        const parts = { plan, table, logs, group: run.group, onGone: run.leave };
        const handle = createChildHandle({ ...started, ...parts });
        live.add(handle);
        void handle.ended.then(() => live.delete(handle));
        return handle;
      } catch (error) {
        run.leave();
        throw error;
      }
    },
    async killSurvivors(runId) {
      const group = runs.left(runId);
      const found = (look: ProcessLook) => [
        ...new Set([...(group?.pids() ?? []), ...survivors(look, runId, live)]),
      ];
      const killed = await killAll(found, { looks: looksOf(table), table, group });
      group?.remove();
      return killed;
    },
  };
}

function survivors(
  look: ProcessLook,
  runId: RunId,
  live: ReadonlySet<ChildProcessHandle>,
): readonly number[] {
  const ours = new Set([...live].flatMap(({ pid }) => [pid, ...look.inGroup(pid)]));
  return look.withRunId(runId).filter((pid) => !ours.has(pid));
}

/** The runs of this launcher that have processes, with what is kept for each of them meanwhile. */
function runsOf({ watch }: SpawnerOptions) {
  const groups = runGroups();
  const uses = new Map<RunId, number>();
  return {
    /** One process more; `leave` once nothing of it lives. */
    use(runId: RunId): { readonly group: RunGroup | undefined; readonly leave: () => void } {
      uses.set(runId, (uses.get(runId) ?? 0) + 1);
      watch?.add(runId);
      const group = groups.open(runId);
      return {
        group,
        leave: () => {
          const others = (uses.get(runId) ?? 1) - 1;
          uses.set(runId, others);
          if (others > 0) return;
          uses.delete(runId);
          watch?.remove(runId);
          group?.remove();
        },
      };
    },
    /** What another launcher left of a run; of one of ours only what is no process of ours is looked for. */
    left: (runId: RunId) => (uses.has(runId) ? undefined : groups.left(runId)),
  };
}

async function start(
  plan: SpawnPlan,
  { isolation, held }: { readonly isolation: Isolation | undefined; readonly held: HeldChildren },
): Promise<Pick<ChildParts, "child" | "network">> {
  // The death signal belongs to the thread that forked: a worker that ends would take the bot with it.
  if (!isMainThread) throw new InternalError("spawn-thread", "Only the main thread can start children.");
  const executable = requireExecutable(plan);
  if (plan.tty) refuseNetworkStreams();
  const entrance = await entranceOf(plan, isolation);
  const publication = await publicationOf(plan, isolation);
  try {
    const way = wayOf(plan, executable, entrance);
    const ahead = plan.ahead !== undefined ? await held.take(plan.runId, way) : undefined;
    const child = ahead ?? (await launch(way.command));
    child.once("exit", () => publication?.close());
    entrance.started(child.pid);
    return { child, network: entrance.network };
  } catch (error) {
    publication?.close();
    throw startFailed(plan, error);
  }
}

/** How the plan's program would be started now; undefined where its network is not there, or it is no Node itself, which alone waits in our preload. */
async function findAhead(plan: SpawnPlan, isolation: Isolation | undefined): Promise<Held | undefined> {
  const executable = requireExecutable(plan);
  if (!(await isNodeItself(plan, executable))) return undefined;
  const entrance = isKernelPlan(plan) ? await isolation?.wayAhead(plan) : await hostEntrance();
  return entrance && wayOf(plan, executable, entrance);
}

// A collector's program is asked for no version: where it is another Node than this one, it starts when it is needed.
async function isNodeItself({ command, cwd, env, tier }: SpawnPlan, executable: string): Promise<boolean> {
  if (readInterpreter(executable) !== undefined) return false;
  const file = realpathSync(executable);
  // The words of the kernel tier let no program gain a privilege.
  if (tier.tier !== "kernel" && !heedsNodeOptions(file)) return false;
  if (tier.tier === "direct") return file === process.execPath;
  return (await inspectCommand(command, cwd, env["PATH"])).kind === "node";
}

function wayOf(
  plan: SpawnPlan,
  executable: string,
  { words, env, network }: Pick<Entrance, "words" | "env" | "network">,
): Held {
  const command = tierCommand({ ...plan, env: { ...plan.env, ...env } }, executable, words);
  const files = [plan.cwd, executable].map(identityOf).join(" ");
  return { command, network: network?.name(), files, nodeOptions: plan.ahead?.nodeOptions };
}

// A release that is put in the place of another has the same path.
function identityOf(path: string): string {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

// In the kernel tier the ports are published with the network, which outlives the child.
function publicationOf({ tier }: SpawnPlan, isolation: Isolation | undefined) {
  if (tier.tier === "kernel" || tier.publish === undefined || tier.publish.length === 0) return undefined;
  return isolation?.publish(tier.publish);
}

async function entranceOf(plan: SpawnPlan, isolation: Isolation | undefined): Promise<Entrance> {
  if (isKernelPlan(plan)) {
    if (isolation !== undefined) return isolation.enter(plan);
    throw new ConfigError("LAUNCH_TIER_UNAVAILABLE", "This launcher has no kernel tier.", {
      hint: "Use `--isolation preload` for a Node bot.",
    });
  }
  return hostEntrance();
}

// The network of this host.
async function hostEntrance(): Promise<Entrance> {
  const setpriv = await findSetpriv();
  const words = setpriv === undefined ? [] : deathSignalWords(setpriv);
  return { words, env: {}, started: () => {}, network: undefined };
}

function isKernelPlan(plan: SpawnPlan): plan is KernelPlan {
  return plan.tier.tier === "kernel";
}

// Everything that would fail only after setpriv has taken over is looked at before.
function requireExecutable(plan: SpawnPlan): string {
  const name = plan.command[0] ?? "";
  if (statSync(plan.cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new ProcessError("LAUNCH_SPAWN_FAILED", `The working folder ${plan.cwd} does not exist.`, {
      hint: "Correct `cwd` in launch.yaml.",
    });
  }
  const found = findExecutable(name, plan.cwd, plan.env["PATH"]);
  if (found.kind === "missing") throw missing(found.why, found.nearest);
  const interpreter = readInterpreter(found.file);
  if (interpreter !== undefined && "file" in interpreter) {
    const its = findExecutable(interpreter.file, plan.cwd, plan.env["PATH"]);
    if (its.kind === "missing") throw missing(`"${name}" needs an interpreter: ${its.why}`, []);
  }
  return found.file;
}

function missing(why: string, nearest: readonly string[]): ProcessError {
  const names = nearest.map((name) => `"${name}"`).join(" or ");
  return new ProcessError("LAUNCH_SPAWN_FAILED", `The command could not be started: ${why}`, {
    hint: names === "" ? "Correct `command` in launch.yaml, or PATH in its `env`." : `Did you mean ${names}?`,
  });
}

// Node's own message may quote an argument or a variable; its code says as much and tells nothing secret.
function startFailed(plan: SpawnPlan, error: unknown): LaunchError {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown";
  // That the host has no room is not the command's fault. What it says of ports would be of those that are published.
  const limit = /^E[MN]FILE$/.test(code) ? hostLimit(Object.assign(new Error(code), { code })) : undefined;
  if (limit !== undefined) return limit;
  const name = JSON.stringify(plan.command[0] ?? "");
  return new ProcessError("LAUNCH_SPAWN_FAILED", `The command ${name} could not be started: ${code}.`, {
    hint: "Run the command by hand in the same folder to see more.",
  });
}
