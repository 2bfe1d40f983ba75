import type { RunId } from "../../../lib/domain/ids.ts";
import { ProcessError } from "../../../lib/errors.ts";
import type {
  BotChannelEvent,
  BotChannelFactory,
  BotChannelOptions,
} from "../../../lib/ports/bot-channel.ts";
import type { Dial } from "../../../lib/ports/exit-witness.ts";
import type { ChildProcessHandle, ProcessEnd, Spawner, SpawnPlan } from "../../../lib/ports/spawner.ts";
import type { Chance } from "../time/chance.ts";
import type { HostClock } from "../time/host-clock.ts";
import type { VirtualTime } from "../time/virtual-time.ts";

/** A process of some run on a host. */
export interface WorldProcess {
  readonly pid: number;
  readonly runId: RunId;
  readonly account: string;
  readonly startedAtMs: number;
  readonly isHook: boolean;
  isAlive: boolean;
  end(end: ProcessEnd): void;
  readonly onEnd: (() => void)[];
}

/** The processes of one host, which outlive the launcher that started them until somebody ends them. */
export interface HostProcesses {
  readonly all: Set<WorldProcess>;
  readonly nextPid: () => number;
  readonly time: VirtualTime;
  readonly chance: Chance;
}

export interface SpawnerParts {
  readonly processes: HostProcesses;
  /** The launcher's: what it waits for stands still with it. */
  readonly clock: HostClock;
  readonly sockets: BotSockets;
  readonly dialOf: (account: string) => Dial;
  readonly onStart: (process: WorldProcess) => void;
}

/** Starts the processes of one launcher. */
export function worldSpawner(parts: SpawnerParts): Spawner {
  const { processes, clock, dialOf } = parts;
  return {
    prepare: () => {},
    forget: async () => {},
    inspect: async () => ({ kind: "node", executable: "/usr/bin/node", version: "v20.19.0" }),
    async spawn(plan) {
      const account = plan.env["LAUNCH_ACCOUNT"] ?? "";
      if (processes.chance.isOneIn(60))
        throw new ProcessError("LAUNCH_SPAWN_FAILED", "The command was not found.");
      if (plan.tier.tier === "kernel") await plan.tier.proveInside?.(dialOf(account));
      return start(parts, plan, account);
    },
    async killSurvivors(runId) {
      const found = [...processes.all].filter((process) => process.runId === runId);
      for (const process of found) process.end({ code: undefined, signal: "KILL" });
      if (found.length > 0) await new Promise<void>((resolve) => clock.deliver(5, resolve));
      return found.map(({ pid }) => ({ pid, program: "node" }));
    },
  };
}

function start(
  { processes, clock, sockets, onStart }: SpawnerParts,
  plan: SpawnPlan,
  account: string,
): ChildProcessHandle {
  const { time, chance, all } = processes;
  let tellEnd: (end: ProcessEnd) => void = () => {};
  const ended = new Promise<ProcessEnd>((resolve) => {
    tellEnd = resolve;
  });
  const process: WorldProcess = {
    pid: processes.nextPid(),
    runId: plan.runId,
    account,
    startedAtMs: time.nowMs(),
    isHook: plan.isHook === true,
    isAlive: true,
    onEnd: [],
    end(end) {
      if (!process.isAlive) return;
      process.isAlive = false;
      all.delete(process);
      for (const follow of process.onEnd) follow();
      clock.deliver(1, () => tellEnd(end));
    },
  };
  all.add(process);
  if (process.isHook)
    time.after(chance.between(50, 2_000), () => process.end({ code: 0, signal: undefined }));
  else onStart(process);
  sockets.greet(process);
  // One that waits for a disk is killed only then.
  const kill = async (): Promise<void> => {
    const end = (): void => process.end({ code: undefined, signal: "KILL" });
    if (chance.isOneIn(4)) time.after(chance.between(50, 1_500), end);
    else end();
    await ended;
  };
  return {
    pid: process.pid,
    startTicks: process.startedAtMs,
    ended,
    kill,
    async stop({ graceMs, signal }) {
      if (!process.isAlive) return;
      // Some take their time, and one in a few does not hear the signal at all.
      const takesMs = chance.isOneIn(6) ? graceMs + 1 : chance.between(10, 1_500);
      time.after(takesMs, () => process.end({ code: undefined, signal }));
      await new Promise<void>((resolve) => {
        const cancel = clock.after(graceMs, resolve);
        void ended.then(() => {
          cancel();
          resolve();
        });
      });
      if (process.isAlive) return kill();
    },
  };
}

/** The sockets on which bots speak with one launcher. */
export interface BotSockets extends BotChannelFactory {
  greet(process: WorldProcess): void;
  tell(process: WorldProcess, event: BotChannelEvent): void;
}

export interface SocketParts {
  readonly clock: HostClock;
  readonly processes: HostProcesses;
  /** What the bot's own stack is told by a witness; undefined where it gets no answer. */
  readonly readInside: (account: string, witness: string) => string | undefined;
}

/** What comes over them waits while the launcher stands still. */
export function botSockets({ clock, processes, readInside }: SocketParts): BotSockets {
  const open = new Map<RunId, BotChannelOptions>();
  const tell = ({ runId }: Pick<WorldProcess, "runId">, event: BotChannelEvent, ms = 1): void =>
    clock.deliver(ms, () => open.get(runId)?.onEvent(event));
  const hello = {
    program: "node",
    version: "v20.19.0",
    observes: true,
    tunnel: true,
    selfCheck: "ok",
  } as const;
  return {
    tell,
    greet: (process) => tell(process, { type: "hello", pid: process.pid, ...hello }, 20),
    async listen(options) {
      open.set(options.runId, options);
      return {
        path: options.path,
        requestExitCheck(id, witness) {
          const main = [...processes.all].find(({ isHook, runId }) => !isHook && runId === options.runId);
          if (main === undefined) return false;
          const body = readInside(main.account, witness);
          const answer = body === undefined ? { error: "timed out" } : { status: 200, body };
          tell(main, { type: "exit-check", id, witness, answer }, 50);
          return true;
        },
        announceSwitch: () => true,
        announceLeaving: () => false,
        async close() {
          open.delete(options.runId);
        },
      };
    },
  };
}
