import type { RunId } from "../domain/ids.ts";
import type { StopSettings } from "../domain/run/unit.ts";
import type { KilledProcess } from "../domain/text/killed-processes.ts";
import type { Dial } from "./exit-witness.ts";
import type { AttachedListener } from "./relay.ts";

/** Starts, stops and finds child processes. */
export interface Spawner {
  /** Looks the executable up as the child would be started; tells a Node program from others (docs/architecture.md, Node programs). */
  inspect(command: readonly string[], cwd: string, path: string | undefined): Promise<CommandNature>;
  /** Begins what the next start of the plan's run will need, while it is not yet certain that it comes; no process of the run's lives. */
  prepare(plan: SpawnPlan): void;
  /** Lets go of what was prepared for the run and not used; settles when no process of it is left. */
  forget(runId: RunId): Promise<void>;
  /** Starts the command in its own process group; throws ProcessError LAUNCH_SPAWN_FAILED. */
  spawn(plan: SpawnPlan): Promise<ChildProcessHandle>;
  /** Kills everything on this host that is of the run and not one of ours; gives back what that was. */
  killSurvivors(runId: RunId): Promise<readonly KilledProcess[]>;
}

export type CommandNature =
  | { readonly kind: "node"; readonly executable: string; readonly version: string }
  | { readonly kind: "python"; readonly executable: string }
  | { readonly kind: "other"; readonly executable: string }
  | { readonly kind: "missing"; readonly why: string };

export interface SpawnPlan {
  readonly runId: RunId;
  readonly command: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child: nothing is inherited beside it. */
  readonly env: Readonly<Record<string, string>>;
  readonly tty: boolean;
  readonly logFile: string | undefined;
  /** Other runs write to the same log at the same time. */
  readonly sharesLog?: boolean;
  /** Where its output is shown; with `tty` it has the launcher's terminal itself. */
  readonly output: OutputSink;
  readonly tier: TierPlan;
  /** What is written to the handle's `input` is its standard input; without, that is empty. */
  readonly hasInput?: true;
  /** If it is Node itself that is started, nothing of its program runs before our preload lets it: its process may be started ahead. */
  readonly ahead?: StartAhead | undefined;
  /** It is ended when all that has come from it holds more. */
  readonly memoryLimitBytes?: number | undefined;
  /** It runs beside a bot's process: its end takes nothing of the run with it but its own group. */
  readonly isHook?: true;
  /** Told of what outlived the process, or its grace, and was killed. */
  readonly onKilled?: ((killed: readonly KilledProcess[]) => void) | undefined;
}

/** How a Node program waits that was started before it is certain that it is needed. */
export interface StartAhead {
  /** Its NODE_OPTIONS until it is let go, where no preload of its own waits; then it has none. */
  readonly nodeOptions: string | undefined;
}

/** What a tier needs besides the environment. */
export type TierPlan =
  | { readonly tier: "direct" | "env" | "preload"; readonly publish?: readonly string[] }
  | {
      readonly tier: "kernel";
      readonly ports: readonly number[];
      readonly local: readonly string[];
      readonly publish: readonly string[];
      readonly runAs: string | undefined;
      /** Whether /tmp and /var/tmp are the bot's own, which is the default, or the host's. */
      readonly tmp?: "own" | "shared";
      /** Stays reachable although its folder is hidden; undefined where nobody listens. */
      readonly botSocket: string | undefined;
      /** Called with each socket handed out of the namespace, before the command runs. */
      readonly onListener: (listener: AttachedListener) => void;
      /** Called before the command runs, with a way to open connections from where it will run; a rejection keeps it from running. */
      readonly proveInside: ((dial: Dial) => Promise<void>) | undefined;
      /** Told which sockets of other programs the command can connect to. */
      readonly onSockets?: ((news: SocketNews) => void) | undefined;
    };

/** What is known of listening sockets in the file system: what stays reachable at the start, and what was made later. */
export type SocketNews =
  | { readonly type: "reachable"; readonly paths: readonly string[] }
  | { readonly type: "appeared"; readonly path: string };

export interface ChildProcessHandle {
  readonly pid: number;
  readonly startTicks: number;
  /** By what all that comes from it is found: a group of the kernel, where one can be made, beside process group and run id. */
  readonly heldBy?: () => "cgroup" | "run id";
  /** Past how many bytes the kernel ends it; undefined where it does not limit it. */
  readonly endsPastBytes?: () => number | undefined;
  readonly input?: import("node:stream").Writable | undefined;
  /** Settles once, after the last line of output was passed on. */
  readonly ended: Promise<ProcessEnd>;
  /** Asks the whole tree to stop, waits the grace, then kills it; settles when nothing of it is left. */
  stop(settings: StopSettings): Promise<void>;
  /** Kills the whole tree now. */
  kill(): Promise<void>;
}

export interface ProcessEnd {
  readonly code: number | undefined;
  /** Without the SIG prefix. */
  readonly signal: string | undefined;
  /** The kernel ended it, because all that has come from it held more. */
  readonly pastMemoryBytes?: number | undefined;
  /** Where its last lines are kept: it ended by itself with an error or by a signal that nobody here sent. */
  readonly lastLines?: string | undefined;
}

/** Whether the kernel tier works here, by a real try. */
export type KernelTry =
  | { readonly kind: "works" }
  | { readonly kind: "refused"; readonly why: string; readonly hint: string };

/** Where what a unit writes is shown, beside its log. */
export interface OutputSink {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** One stream that many children may share. */
export interface OutputStream {
  /** Writes the bytes as they are; false when the caller must wait for `drained`. A reader that went away takes nothing more and holds nobody up. */
  write(chunk: Buffer): boolean;
  drained(): Promise<void>;
  /** Told when a child has written its last. */
  ended?(): void;
}
