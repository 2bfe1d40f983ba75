import type { Account } from "../../domain/account.ts";
import { exitOfFamily, type Proof } from "../../domain/exit-check.ts";
import type { AssignmentId, ProxyId } from "../../domain/ids.ts";
import { type ExitIp, exitKeyOf } from "../../domain/ip.ts";
import type { LostCause, PlannedCause } from "../../domain/reputation/switch.ts";
import type { ExitLease } from "../../domain/run/lease.ts";
import type { FailoverWish, NoProxyWish, RestartWish } from "../../domain/run/unit.ts";
import type { CandidateFacts } from "../../domain/selection/selection-facts.ts";
import type { MonotonicMs } from "../../domain/time.ts";
import type { ErrorCode } from "../../errors.ts";
import type { Exclusion } from "../eligibility.ts";
import type { RestartReason, RunBudgets } from "../restart.ts";
import type { Surroundings } from "../select.ts";

/** What the machine knows of the operator's wishes; fixed for a run. */
export interface MachineSettings {
  /** A collector goes direct: it is never proven, claimed or failed over. */
  readonly kind: "bot" | "collector";
  readonly restart: RestartWish;
  readonly onFailover: FailoverWish;
  readonly onNoProxy: NoProxyWish;
  /** The tier lets nothing through before the preload has said hello. */
  readonly needsHello: boolean;
  /** A command runs on the next exit when the last one was lost, before the bot starts. */
  readonly hasOnLost: boolean;
}

/** A proxy that is tried for the account, with the facts it was chosen by. */
export interface Candidate {
  readonly assignmentId: AssignmentId;
  readonly proxyId: ProxyId;
  readonly label: string;
  readonly chosen: ChosenFacts;
}

/** What a candidate was chosen by: the account as it was then, and what was known of the proxy. */
export interface ChosenFacts {
  readonly account: Account;
  readonly facts: CandidateFacts;
}

/** A candidate whose exit was proven. */
export interface ProvenCandidate extends Candidate {
  readonly proof: Proof;
  /** When the proof or the newest matching reading came. */
  readonly confirmedAtMs: MonotonicMs;
}

/** The exit that the run holds. */
export interface HeldExit extends ProvenCandidate {
  readonly lease: ExitLease;
  /** Since when it is held without a break: clean time counts from here. */
  readonly heldSinceMs: MonotonicMs;
  /** It was seen by the very sockets that the bot uses: a restart on it does not wait for the world. */
  readonly isSeenInside: boolean;
}

/** A choice of an exit, from the loss of the last one until a process runs on the next. */
export interface Decision {
  /** The exit that was left: every candidate of the decision had better stand elsewhere. */
  readonly lost: Left | undefined;
  /** What failed in this decision and is not tried again in it. */
  readonly tried: readonly Tried[];
  /** The account goes back there, if it still may. */
  readonly back?: ProxyId | undefined;
}

/** Where an exit stood, and how it was left. */
export interface Left extends Surroundings {
  readonly proxyId: ProxyId;
  /** Its bot had no time to prepare: what it had under way, such as orders, is open still. */
  readonly isSudden: boolean;
}

export interface Tried extends Exclusion {
  readonly proxyId: ProxyId;
  /** It is the exit that was left on purpose: nothing was tried yet. */
  readonly isLeft?: true;
}

export interface Child {
  readonly pid: number;
  readonly startedAtMs: MonotonicMs;
}

/** Why an account leaves an exit; each has its own consequence for the assignment (effect `leave-exit`). */
export type LossCause = LostCause | PlannedCause | "demoted" | "edited" | "held";

/** A switch that is wanted although the exit still works. */
export interface SwitchWant {
  readonly cause: PlannedCause;
  readonly reason: string;
  /** Nothing of the bot may go on there: where it cannot be moved it is stopped. */
  readonly mustLeave: boolean;
  /** The bot itself earned the ban: it stays stopped for so long before it goes on elsewhere. */
  readonly backOffMs: number;
  /** It was refused, and is not tried again before. */
  readonly retryAtMs?: MonotonicMs | undefined;
}

/** How long the next exit has to wait, and why. */
export interface Hold {
  readonly ms: number;
  readonly reason: string;
  /** No exit can be used: the time is only that of the next look. */
  readonly hasNoExit: boolean;
}

/** What happens once the tree has stopped. */
export type AfterStop =
  /** Leave the exit where a loss is given, then choose anew after the delay. */
  | {
      readonly kind: "choose";
      readonly loss: Loss | undefined;
      readonly decision: Decision;
      readonly delayMs: number;
      /** Why there is a delay. */
      readonly why?: string | undefined;
      /** The next exit needs the switch to be granted first. */
      readonly want?: SwitchWant | undefined;
      /** The delay is no wait for its end: there is no exit to go to. */
      readonly hasNoExit?: boolean | undefined;
    }
  | {
      readonly kind: "restart";
      readonly delayMs: number;
      readonly reason: string;
      readonly cause: RestartReason;
    }
  | { readonly kind: "end"; readonly ending: Ending };

export interface Loss {
  readonly exit: HeldExit;
  readonly cause: LossCause;
  readonly reason: string;
  /** What was seen of another address in the meantime, before anybody else could be asked about it. */
  readonly drift?: string | undefined;
}

/** How a run ends: the process status and who ended it. */
export interface Ending {
  readonly exitStatus: number;
  readonly by: "bot" | "launcher";
  readonly reason: string;
  /** Present when the end is an error of ours. */
  readonly code?: ErrorCode | undefined;
  readonly hint?: string | undefined;
}

export type Suspicion = "heartbeat" | "transport" | "drift";

/** Another address than the proven exit, in words, and the witness that saw it. */
export interface Drift {
  readonly reason: string;
  readonly witness: string | undefined;
  /** The proven exit that was not seen; the main one where it is not told. */
  readonly exitIp: ExitIp | undefined;
}

interface Carried {
  readonly settings: MachineSettings;
  readonly budgets: RunBudgets;
  /** Processes started after the first one. */
  readonly restarts: number;
  /** The first process has run: from here a missing proxy holds instead of ending. */
  readonly hasRun: boolean;
}

/** Where a run stands; each member holds only what is valid in it. `exit` is the one that is held, undefined for a collector. */
export type BotState = Carried &
  (
    | { readonly phase: "idle" }
    | { readonly phase: "leasing" }
    /** With a child while `--on-failover reconnect` keeps it alive behind a cut relay. */
    | { readonly phase: "choosing"; readonly decision: Decision; readonly child: Child | undefined }
    /** With an exit while the one that is held is proven again. */
    | (Trying & { readonly phase: "proving"; readonly candidate: Candidate })
    | (Trying & { readonly phase: "claiming"; readonly candidate: ProvenCandidate })
    | { readonly phase: "spawning"; readonly decision: Decision; readonly exit: HeldExit | undefined }
    | { readonly phase: "greeting"; readonly exit: HeldExit; readonly child: Child }
    /** With a switch that is wanted and not granted yet: it is tried again. */
    | {
        readonly phase: "running";
        readonly exit: HeldExit | undefined;
        readonly child: Child;
        readonly want?: SwitchWant | undefined;
      }
    | {
        readonly phase: "verifying";
        readonly exit: HeldExit;
        readonly child: Child;
        readonly suspicion: Suspicion;
        readonly want?: SwitchWant | undefined;
      }
    /** The bot runs on while another exit is looked for, proven, and the switch is asked for. */
    | {
        readonly phase: "preparing";
        readonly exit: HeldExit;
        readonly child: Child;
        readonly want: SwitchWant;
      }
    /** The bot and its hook have a moment left on the exit. `hold` where the next exit has to wait. */
    | {
        readonly phase: "leaving";
        readonly exit: HeldExit;
        readonly child: Child;
        readonly want: SwitchWant;
        readonly tried: readonly Tried[];
        readonly hold: Hold | undefined;
      }
    /** The exit is held, and a hook cleans up what the last one left open. */
    | { readonly phase: "recovering"; readonly decision: Decision; readonly exit: HeldExit }
    | { readonly phase: "stopping"; readonly exit: HeldExit | undefined; readonly next: AfterStop }
    | {
        readonly phase: "backing_off";
        readonly exit: HeldExit | undefined;
        readonly reason: string;
        readonly cause: RestartReason;
      }
    /** Nothing runs. With a switch that is wanted, the next exit is chosen once it is granted. `untilMs` where only time is missing. */
    | {
        readonly phase: "holding";
        readonly reason: string;
        readonly untilMs?: MonotonicMs | undefined;
        readonly lost: Left | undefined;
        readonly want?: SwitchWant | undefined;
      }
    | { readonly phase: "ended"; readonly ending: Ending }
  );

interface Trying {
  readonly decision: Decision;
  readonly child: Child | undefined;
  readonly exit: HeldExit | undefined;
}

export type Phase = BotState["phase"];
export type StateOf<P extends Phase> = Extract<BotState, { readonly phase: P }>;

/** The state with another phase's data; what is carried goes along. */
export function moveTo<P extends Phase>(
  from: BotState,
  to: Omit<StateOf<P>, keyof Carried> & { readonly phase: P },
): BotState {
  const { settings, budgets, restarts, hasRun } = from;
  return { settings, budgets, restarts, hasRun, ...to } as BotState;
}

/** The exit that is held, in whatever phase. */
export function exitOf(state: BotState): HeldExit | undefined {
  return "exit" in state ? state.exit : undefined;
}

/** The exit that was left for one that may not be taken yet, while nothing runs. */
export function waitingOff(state: BotState): Left | undefined {
  return state.phase === "holding" && state.want !== undefined ? state.lost : undefined;
}

/** Whether two candidates leave from one exit through one proxy; a family that only one of them proved says nothing. */
export function isSameExit(a: ProvenCandidate, b: ProvenCandidate): boolean {
  const pairs = b.proof.exitIps.flatMap((exitIp) => {
    const known = exitOfFamily(a.proof.exitIps, exitIp);
    return known === undefined ? [] : [exitKeyOf(known) === exitKeyOf(exitIp)];
  });
  return a.proxyId === b.proxyId && pairs.length > 0 && !pairs.includes(false);
}

/** Whether the exit does not carry the bot any more; anything else is somebody's word or decision, and no failure. */
export function isLost(cause: LossCause): cause is LostCause {
  return cause === "transport" || cause === "auth" || cause === "drift";
}
