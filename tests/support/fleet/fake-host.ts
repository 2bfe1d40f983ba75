import type { RunId } from "../../../lib/domain/ids.ts";
import type { ProcessIdentity } from "../../../lib/domain/run/lease.ts";
import { ProcessError } from "../../../lib/errors.ts";
import type { BotChannelFactory, BotChannelOptions } from "../../../lib/ports/bot-channel.ts";
import type { Clock } from "../../../lib/ports/clock.ts";
import type { Dial } from "../../../lib/ports/exit-witness.ts";
import type { HostLocks } from "../../../lib/ports/host/host-lock.ts";
import type { ProcessTable } from "../../../lib/ports/process-table.ts";
import type { ChildProcessHandle, ProcessEnd, Spawner, SpawnPlan } from "../../../lib/ports/spawner.ts";

/** How a bot's process behaves; tests change it before or while it runs. */
export interface Habits {
  /** `never` for a program without preload. */
  hello: "at once" | "never";
  selfCheck: string;
  stopsAfterMs: number;
  isUnkillable: boolean;
  /** How long it takes to see that nothing of a killed one is left. */
  killsForMs: number;
  /** What the bot's own stack reads: the address, or `silent`. */
  reads: ((witness: string) => string) | "silent";
  /** Where connections from inside a network of the kernel tier go: through the run's relay unless a test leads them elsewhere. */
  insideDial: Dial | undefined;
  doesSpawnFail: boolean;
  /** What a hook does: it ends by itself after `hooksTakeMs`, or cannot be started. */
  hooks: "end" | "fail" | "missing";
  hooksTakeMs: number;
  hookHello: "at once" | "never";
  /** Whether the bot asked to be told before its exit is left, and whether it answers. */
  leaving: "not asked" | "answers" | "silent";
}

const goodHabits: Habits = {
  hello: "at once",
  selfCheck: "ok",
  stopsAfterMs: 200,
  isUnkillable: false,
  killsForMs: 0,
  reads: "silent",
  insideDial: undefined,
  doesSpawnFail: false,
  hooks: "end",
  hooksTakeMs: 100,
  hookHello: "at once",
  leaving: "not asked",
};

/** A process of some launcher. */
export interface FakeProcess {
  readonly pid: number;
  readonly runId: RunId;
  readonly env: Readonly<Record<string, string>>;
  readonly startedAtMs: number;
  readonly isHook: boolean;
  isAlive: boolean;
  /** Writes to its standard output. */
  print(text: string): void;
  /** Ends by itself, as a crash does. */
  end(end: ProcessEnd): void;
}

/** One launcher's machine: its processes, its bot sockets, what it knows of other processes. */
export interface FakeHost {
  readonly identity: ProcessIdentity;
  readonly processes: FakeProcess[];
  readonly sockets: Map<RunId, BotChannelOptions>;
  /** What was begun for a start: runs that have it still, and how often in all. */
  readonly ahead: { readonly runs: Set<RunId>; count: number };
  readonly habits: Habits;
}

let lastPid = 1_000;

export function fakeHost(identity: ProcessIdentity): FakeHost {
  return {
    identity,
    processes: [],
    sockets: new Map(),
    ahead: { runs: new Set(), count: 0 },
    habits: { ...goodHabits },
  };
}

/** Judges a pid by the launchers that are known to live on the same machine. */
export function fakeTable(host: FakeHost, isLive: (identity: ProcessIdentity) => boolean): ProcessTable {
  return {
    self: () => host.identity,
    startTicks: (pid) => host.processes.find((process) => process.pid === pid)?.startedAtMs,
    isStopped: () => false,
    judge: (identity) => {
      if (identity.machineId !== host.identity.machineId) return "elsewhere";
      return isLive(identity) ? "alive" : "dead";
    },
    withRunId: (runId) =>
      host.processes.filter((process) => process.isAlive && process.runId === runId).map(({ pid }) => pid),
    inGroup: (pgid) =>
      host.processes.filter(({ pid, isAlive }) => isAlive && pid === pgid).map(({ pid }) => pid),
    program: (pid) => (host.processes.some((process) => process.pid === pid) ? "node" : undefined),
    inNetwork: () => [],
  };
}

/** Starts fake processes; `dialOf` leads through the relay of a bot's name. */
export function fakeSpawner(
  host: FakeHost,
  clock: Clock,
  { onChange, dialOf }: { readonly onChange: () => void; readonly dialOf: (name: string) => Dial },
): Spawner {
  return {
    prepare({ runId }) {
      host.ahead.count += 1;
      host.ahead.runs.add(runId);
    },
    async forget(runId) {
      host.ahead.runs.delete(runId);
    },
    inspect: async () => ({ kind: "node", executable: "/usr/bin/node", version: "v20.19.0" }),
    async spawn(plan) {
      await Promise.resolve();
      if (!plan.isHook) host.ahead.runs.delete(plan.runId);
      if (host.habits.doesSpawnFail || (plan.isHook && host.habits.hooks === "missing"))
        throw new ProcessError("LAUNCH_SPAWN_FAILED", "The command was not found.");
      if (plan.tier.tier === "kernel")
        await plan.tier.proveInside?.(host.habits.insideDial ?? dialOf(plan.env["LAUNCH_ACCOUNT"] ?? ""));
      const started = startFake(host, clock, plan, onChange);
      if (plan.isHook) {
        const hook = host.processes.at(-1);
        const code = host.habits.hooks === "fail" ? 1 : 0;
        clock.after(host.habits.hooksTakeMs, () => hook?.end({ code, signal: undefined }));
      }
      onChange();
      return started;
    },
    async killSurvivors(runId) {
      const found = host.processes.filter((process) => process.isAlive && process.runId === runId);
      for (const process of found) process.end({ code: undefined, signal: "KILL" });
      return found.map(({ pid }) => ({ pid, program: "node" }));
    },
  };
}

function startFake(
  host: FakeHost,
  clock: Clock,
  plan: Pick<SpawnPlan, "runId" | "env" | "isHook" | "output">,
  onChange: () => void,
): ChildProcessHandle {
  const { habits } = host;
  let tellEnd: (end: ProcessEnd) => void = () => {};
  const ended = new Promise<ProcessEnd>((resolve) => {
    tellEnd = resolve;
  });
  const process: FakeProcess = {
    pid: ++lastPid,
    runId: plan.runId,
    env: plan.env,
    startedAtMs: clock.monotonicMs(),
    isHook: plan.isHook === true,
    isAlive: true,
    print: (text) => void plan.output.stdout.write(Buffer.from(text)),
    end(end) {
      if (!process.isAlive) return;
      process.isAlive = false;
      tellEnd(end);
      onChange();
    },
  };
  host.processes.push(process);
  if ((process.isHook ? habits.hookHello : habits.hello) === "at once") sayHello(host, process);
  const kill = async (): Promise<void> => {
    if (habits.isUnkillable)
      throw new ProcessError("LAUNCH_STOP_FAILED", "These processes could not be killed.");
    process.end({ code: undefined, signal: "KILL" });
    await ended;
    if (habits.killsForMs > 0) await new Promise<void>((resolve) => clock.after(habits.killsForMs, resolve));
  };
  return {
    pid: process.pid,
    startTicks: process.startedAtMs,
    ended,
    kill,
    async stop({ graceMs }) {
      if (!process.isAlive) return;
      await new Promise<void>((resolve) => clock.after(Math.min(habits.stopsAfterMs, graceMs), resolve));
      if (habits.stopsAfterMs > graceMs || habits.isUnkillable) return kill();
      process.end({ code: 0, signal: undefined });
    },
  };
}

/** The hello of the preload, as the launcher's channel tells it. */
export function sayHello(host: FakeHost, { pid, runId }: Pick<FakeProcess, "pid" | "runId">): void {
  const { selfCheck } = host.habits;
  host.sockets.get(runId)?.onEvent({
    type: "hello",
    pid,
    program: "node",
    version: "v20.19.0",
    observes: true,
    tunnel: true,
    selfCheck,
  });
}

export function sayHeartbeat(host: FakeHost, { pid, runId }: Pick<FakeProcess, "pid" | "runId">): void {
  host.sockets.get(runId)?.onEvent({ type: "heartbeat", pid, lagMs: 0, loopLagMs: undefined });
}

export function fakeChannels(host: FakeHost, clock: Clock): BotChannelFactory {
  return {
    async listen(options) {
      host.sockets.set(options.runId, options);
      return {
        path: options.path,
        requestExitCheck(id, witness) {
          const main = host.processes.find(
            ({ isAlive, isHook, runId }) => isAlive && !isHook && runId === options.runId,
          );
          const { reads, hello } = host.habits;
          if (main === undefined || hello === "never") return false;
          if (reads !== "silent") {
            clock.after(50, () =>
              options.onEvent({
                type: "exit-check",
                id,
                witness,
                answer: { status: 200, body: reads(witness) },
              }),
            );
          }
          return true;
        },
        announceSwitch: () => true,
        announceLeaving(id) {
          if (host.habits.leaving === "answers") clock.after(20, () => options.onEvent({ type: "left", id }));
          return host.habits.leaving !== "not asked";
        },
        async close() {
          host.sockets.delete(options.runId);
        },
      };
    },
  };
}

/** Every lock is free: the fleet's launchers are told apart by their leases alone. */
export const freeHostLocks: HostLocks = {
  take: () => Promise.resolve({ kind: "held", lock: { left: [], release: () => {} } }),
};
