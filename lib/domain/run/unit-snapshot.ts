import type { RunId } from "../ids.ts";
import type { Run, RunPhase } from "./run.ts";
import type { Traffic } from "./traffic.ts";
import type { UnitKey } from "./unit-key.ts";

/** Where a bot or collector of a launcher stands, as the launcher itself knows it; lengths in ms. */
export interface UnitSnapshot {
  readonly unitKey: UnitKey;
  readonly kind: "bot" | "collector";
  readonly name: string;
  readonly runId: RunId | undefined;
  readonly phase: RunPhase;
  /** Why it is there, in a few words. */
  readonly reason: string | undefined;
  readonly tier: Run["tier"];
  readonly pid: number | undefined;
  /** Since its present process started. */
  readonly uptimeMs: number | undefined;
  readonly restarts: number;
  /** The exit that it holds, proven by witnesses. */
  readonly exit: HeldExitFacts | undefined;
  /** `none`: nothing of ours runs in it · `awaited`: its process has sent none yet. */
  readonly heartbeat: "none" | "awaited" | "fresh" | "late";
  readonly heartbeatAgeMs: number | undefined;
  /** What its `ready` of launch.yaml says is missing, while it does. */
  readonly unready?: string | undefined;
  /** How long its lease is good without another renewal. */
  readonly leaseLeftMs: number | undefined;
  /** What went through its relay in this run. */
  readonly traffic: Traffic | undefined;
  /** Sockets of other programs that it can connect to. */
  readonly reachableSockets: readonly string[];
  readonly bypass: readonly string[];
  /** By what all of its processes are found: a group of the kernel, or process group and run id; undefined before it had one. */
  readonly heldBy: "cgroup" | "run id" | undefined;
  /** Past what its processes are started anew, and past what the kernel ends them, where it can. */
  readonly memoryLimit?: { readonly bytes: number; readonly endsPastBytes: number | undefined } | undefined;
  readonly logFile: string | undefined;
  /** How long it may take to stop before it is killed. */
  readonly graceMs: number;
}

/** The exit of a snapshot. */
export interface HeldExitFacts {
  readonly label: string;
  readonly exitIps: readonly string[];
  readonly country: string | undefined;
  readonly reach: "public" | "lab";
  /** So many witnesses of those that were asked saw it. */
  readonly agreed: number;
  readonly asked: number;
  /** Since the proof, or the last check that agreed with it. */
  readonly confirmedAgeMs: number;
}
