import type { Proof } from "../../domain/exit-reading.ts";
import type { AssignmentId, ProxyId } from "../../domain/ids.ts";
import type { FailoverWish, NoProxyWish, RestartWish } from "../../domain/run/unit.ts";
import type { MonotonicMs } from "../../domain/time.ts";
import type { ErrorCode } from "../../errors.ts";
import type { RestartBudget, RestartCause } from "../restart.ts";

/** What the machine knows of the operator's wishes; fixed for a run. */
export interface MachineSettings {
  /** A collector goes direct: it is never proven, claimed or failed over. */
  readonly kind: "bot" | "collector";
  readonly restart: RestartWish;
  readonly onFailover: FailoverWish;
  readonly onNoProxy: NoProxyWish;
  /** The tier lets nothing through before the preload has said hello. */
  readonly needsHello: boolean;
}

/** The chosen way out, as far as decisions need it. */
export interface Way {
  readonly assignmentId: AssignmentId;
  readonly proxyId: ProxyId;
  readonly label: string;
}

/** A way out with its proof. */
export interface ProvenWay extends Way {
  readonly proof: Proof;
  /** When the proof or the newest matching reading came. */
  readonly confirmedAtMs: MonotonicMs;
}

export interface Child {
  readonly pid: number;
  readonly startedAtMs: MonotonicMs;
}

/** Why an account leaves an exit; each has its own consequence for the assignment (effect `withdraw`). */
export type LossCause = "transport" | "auth" | "drift" | "demoted" | "edited" | "held" | "beat";

/** What happens once the tree has stopped. */
export type AfterStop =
  /** Leave the exit where `lost` is given, then choose anew after the delay. */
  | { readonly kind: "choose"; readonly lost: Loss | undefined; readonly delayMs: number }
  | { readonly kind: "restart"; readonly delayMs: number; readonly reason: string }
  | { readonly kind: "end"; readonly ending: Ending };

export interface Loss {
  readonly way: ProvenWay;
  readonly cause: LossCause;
  readonly reason: string;
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

export type Doubt = "beat" | "transport" | "drift";

interface Carried {
  readonly settings: MachineSettings;
  readonly budgets: Readonly<Record<RestartCause, RestartBudget>>;
  /** Processes started after the first one. */
  readonly restarts: number;
  /** The first process has run: from here a missing proxy holds instead of ending. */
  readonly hasRun: boolean;
}

/** Where a run stands; each member holds only what is valid in it. */
export type BotState = Carried &
  (
    | { readonly phase: "idle" }
    | { readonly phase: "leasing" }
    /** With a child while `--on-failover reconnect` keeps it alive behind a cut relay. */
    | { readonly phase: "choosing"; readonly child: Child | undefined }
    | { readonly phase: "proving"; readonly way: Way; readonly child: Child | undefined }
    | { readonly phase: "claiming"; readonly way: ProvenWay; readonly child: Child | undefined }
    /** `way` is undefined for a collector. */
    | { readonly phase: "spawning"; readonly way: ProvenWay | undefined }
    | { readonly phase: "greeting"; readonly way: ProvenWay; readonly child: Child }
    | { readonly phase: "running"; readonly way: ProvenWay | undefined; readonly child: Child }
    | { readonly phase: "doubting"; readonly way: ProvenWay; readonly child: Child; readonly doubt: Doubt }
    | { readonly phase: "stopping"; readonly way: ProvenWay | undefined; readonly next: AfterStop }
    | { readonly phase: "backing_off"; readonly way: ProvenWay | undefined; readonly reason: string }
    /** `lost` is the way just left, as long as it matters to the next choice. */
    | { readonly phase: "holding"; readonly reason: string; readonly lost: ProvenWay | undefined }
    | { readonly phase: "ended"; readonly ending: Ending }
  );

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
