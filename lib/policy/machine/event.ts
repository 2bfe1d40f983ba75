import type { Proof } from "../../domain/exit-check.ts";
import type { ProxyId } from "../../domain/ids.ts";
import type { ExitIp } from "../../domain/ip.ts";
import type { ExitLease } from "../../domain/run/lease.ts";
import type { ErrorCode } from "../../errors.ts";
import type { Exclusion } from "../eligibility.ts";
import type { Candidate, SwitchWant, Tried } from "./state.ts";

/** What can happen to a run. Events that answer a task are dropped by the Runner when that task was given up. */
export type BotEvent =
  | { readonly type: "start" }
  | { readonly type: "leased" }
  | { readonly type: "chosen"; readonly candidate: Candidate }
  /** `exitStatus` 75, 69 or 77 as the rejections say; `retryInMs` when a candidate becomes eligible by itself. */
  | {
      readonly type: "no-exit";
      readonly reason: string;
      readonly hint: string | undefined;
      readonly exitStatus: number;
      readonly retryInMs: number | undefined;
      /** `LAUNCH_HOST_OFFLINE` when no candidate is to blame: then the wait is exactly `retryInMs`. */
      readonly code: "LAUNCH_PROXY_UNAVAILABLE" | "LAUNCH_HOST_OFFLINE";
    }
  | { readonly type: "proved"; readonly proof: Proof }
  /** The candidate is not tried again in this decision. While spawning: its exit is not seen from inside. */
  | { readonly type: "not-proved"; readonly setAside: Exclusion }
  | { readonly type: "claimed"; readonly lease: ExitLease }
  /** Nothing is set aside where the operator changed something meanwhile: chosen anew, it may be taken as it is now. */
  | { readonly type: "conflicted"; readonly setAside: Exclusion | undefined }
  | { readonly type: "spawned"; readonly pid: number }
  | { readonly type: "greeted" }
  /** No hello in time, a failed self-check, or a connection before the hello. */
  | { readonly type: "not-greeted"; readonly reason: string }
  | {
      readonly type: "exited";
      readonly code: number | undefined;
      readonly signal: string | undefined;
      /** The kernel ended it, because its processes held more. */
      readonly pastMemoryBytes?: number | undefined;
      readonly random01: number;
    }
  | { readonly type: "stopped" }
  | { readonly type: "heartbeat-lost"; readonly random01: number }
  /** A regular reading saw the proven exit. */
  | { readonly type: "exit-check-matched" }
  /** Another address than the proven exit `exitIp`; `witness` is the one that saw it, where it was one. */
  | {
      readonly type: "drift-seen";
      readonly reason: string;
      readonly witness?: string;
      readonly exitIp?: ExitIp | undefined;
    }
  /** The bot's own stack was seen from the host's own address: its tier does not hold it. */
  | { readonly type: "leak-seen"; readonly reason: string }
  | { readonly type: "transport-suspected"; readonly reason: string }
  /** The exit was verified: it is what it was proven to be. */
  | { readonly type: "exit-confirmed"; readonly random01: number }
  | {
      readonly type: "exit-lost";
      readonly cause: "transport" | "auth" | "drift";
      readonly reason: string;
      readonly random01: number;
    }
  /** The change feed: the operator took the way back, or changed it. */
  | {
      readonly type: "operator-changed";
      readonly cause: "demoted" | "edited" | "held";
      readonly reason: string;
    }
  | { readonly type: "lease-lost"; readonly reason: string; readonly hint?: string | undefined }
  | { readonly type: "waited" }
  /** A task ended with an error that no handler can mend. */
  | {
      readonly type: "task-failed";
      readonly reason: string;
      readonly exitStatus: number;
      readonly code: ErrorCode;
      readonly hint: string | undefined;
    }
  /** By a signal, whose second means now, or by a request of an operator. */
  | { readonly type: "stop-asked"; readonly signal: string; readonly by?: string }
  /** A new process on the same exit. */
  | {
      readonly type: "restart-asked";
      readonly by: string;
      /** Present where no operator asks. */
      readonly cause?: "memory" | "schedule";
      readonly delayMs?: number;
    }
  /** Another exit. */
  | { readonly type: "rotate-asked"; readonly by: string }
  /** A look at the exit now. */
  | { readonly type: "check-asked" }
  /** The exit works, and the account had better leave it. May come again for as long as it holds. */
  | ({ readonly type: "switch-wanted" } & Omit<SwitchWant, "retryAtMs">)
  /** Another exit is proven and the switch is let through; `tried` are the candidates that failed. */
  | { readonly type: "switch-granted"; readonly tried: readonly Tried[] }
  | {
      readonly type: "switch-refused";
      readonly because: SwitchRefusal;
      readonly reason: string;
      /** When it is worth asking again. */
      readonly retryInMs: number;
    }
  /** While nothing runs: what the exit was left for is over, and it may be used again. */
  | { readonly type: "exit-returned"; readonly proxyId: ProxyId; readonly reason: string }
  /** Whoever had to prepare for leaving is done, or had its time. */
  | { readonly type: "left" }
  /** The hook on the next exit is over; it may have been the first to see the exit from where the bot will run. */
  | { readonly type: "recovered"; readonly isSeenInside: boolean };

/**
 * Why a switch that is wanted does not happen now: the account or the fleet has moved often enough, no other exit can be used,
 * the trouble lies elsewhere, the database does not answer, or what it was wanted for is over.
 */
export type SwitchRefusal = "budget" | "no_exit" | "incident" | "store" | "over";

export type EventType = BotEvent["type"];
export type EventOf<T extends EventType> = Extract<BotEvent, { readonly type: T }>;
