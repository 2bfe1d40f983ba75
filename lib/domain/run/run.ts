import type { AssignmentId, LauncherId, ProxyId, RunId } from "../ids.ts";
import type { DirectIp, ExitIp } from "../ip.ts";
import type { Instant } from "../time.ts";
import type { ProcessIdentity } from "./lease.ts";
import type { Tier } from "./tier.ts";
import type { UnitRef } from "./unit-key.ts";

/** The phase as stored and shown; the machine's own states are finer. */
export type RunPhase =
  | "starting"
  | "proving"
  | "running"
  | "switching"
  | "backing_off"
  | "holding"
  | "stopping"
  | "ended";

/** One launcher's care for one bot or collector, from the lease to its release; the processes within it come and go. */
export interface Run {
  readonly id: RunId;
  readonly unit: UnitRef;
  readonly launcherId: LauncherId;
  /** Where it runs; the launcher's own row says more while it lives. */
  readonly launcher: Pick<ProcessIdentity, "host" | "pid">;
  readonly launcherVersion: string;
  readonly startedAt: Instant;
  readonly phase: RunPhase;
  /** Why the run is in this phase, in a few words. */
  readonly reason: string | undefined;
  /** Until when a run that holds only waits: it may go on to another exit from then. */
  readonly waitsUntil: Instant | undefined;
  readonly tier: Tier | "direct" | undefined;
  readonly proxyId: ProxyId | undefined;
  readonly proxyLabel: string | undefined;
  readonly assignmentId: AssignmentId | undefined;
  /** The address the world sees: a bot's proven exit, a collector's host. */
  readonly exitIp: ExitIp | DirectIp | undefined;
  /** A bot's proven exit in the other address family, where it has one. */
  readonly secondExitIp: ExitIp | undefined;
  readonly exitReach: "public" | "lab" | undefined;
  readonly exitProvenAt: Instant | undefined;
  readonly country: string | undefined;
  readonly pid: number | undefined;
  readonly pidStartTicks: number | undefined;
  readonly processStartedAt: Instant | undefined;
  readonly restarts: number;
  readonly lastRestartReason: string | undefined;
  /** The same in one word: crash, identity, memory, operator, schedule or switch. */
  readonly lastRestartCause: string | undefined;
  readonly heartbeatAt: Instant | undefined;
  /** Ports and addresses that bypass the relay by the operator's own word. */
  readonly bypass: readonly string[];
  readonly endedAt: Instant | undefined;
  readonly endedBy: "bot" | "launcher" | undefined;
  readonly exitCode: number | undefined;
}

/** The part of a run that changes while it lives. */
export type RunChange = Partial<
  Pick<
    Run,
    | "phase"
    | "reason"
    | "waitsUntil"
    | "tier"
    | "proxyId"
    | "proxyLabel"
    | "assignmentId"
    | "exitIp"
    | "secondExitIp"
    | "exitReach"
    | "exitProvenAt"
    | "country"
    | "pid"
    | "pidStartTicks"
    | "processStartedAt"
    | "restarts"
    | "lastRestartReason"
    | "lastRestartCause"
    | "heartbeatAt"
    | "bypass"
  >
>;
