import type { MonotonicMs } from "../domain/time.ts";

/** Why a process is started anew, in one word: a cause with a budget, or somebody's wish. */
export type RestartReason = RestartCause | "operator" | "schedule" | "switch";

export interface RestartLimits {
  readonly baseMs: number;
  readonly capMs: number;
  /** How many restarts in a row come at once, before waiting begins. */
  readonly immediate: number;
  /** A run of at least this long ends the row. */
  readonly stableMs: number;
  /** At most `maxInWindow` restarts in any time of this length. */
  readonly windowMs: number;
  readonly maxInWindow: number;
}

// 60 s is the longest wait: a run that outlasts it, and with it the first reading from inside, shows that restarting helped.
// Ten in ten minutes is spent only by a bot that hardly runs: at the cap, slower ones go on for ever.
const crash: RestartLimits = {
  baseMs: 1_000,
  capMs: 60_000,
  immediate: 0,
  stableMs: 60_000,
  windowMs: 600_000,
  maxInWindow: 10,
};

/**
 * The limits per cause. A lost identity is replaced at once the first time, a crash always waits a little. Whoever took a lease away may
 * still need it. What has grown too large gets room at once, but growth that comes again so soon is a fault that restarts do not mend.
 */
export const restartLimits = {
  crash,
  identity: { ...crash, immediate: 1 },
  lease: { ...crash, baseMs: 5_000 },
  memory: { ...crash, immediate: 3 },
} as const satisfies Readonly<Record<string, RestartLimits>>;

/** Why a bot has to start again; each cause has a budget of its own, so that a vendor's outage never spends the bot's. */
export type RestartCause = keyof typeof restartLimits;

/** What a run charges itself; memory only where the kernel ended it. What else there is is charged by whoever keeps the unit. */
export type RunBudgets = Readonly<Record<"crash" | "identity" | "memory", RestartBudget>>;

/** What one cause has used up; starts empty and lives with the Runner. */
export interface RestartBudget {
  /** The restarts within the window, oldest first. */
  readonly restartedAt: readonly MonotonicMs[];
  /** Restarts since the last stable run. */
  readonly inARow: number;
}

export const freshBudget: RestartBudget = { restartedAt: [], inARow: 0 };

export interface RestartRequest {
  readonly nowMs: MonotonicMs;
  /** How long the bot had run. */
  readonly ranMs: number;
  /** A random number in [0, 1). */
  readonly random01: number;
}

export type RestartDecision =
  | { readonly kind: "restart"; readonly delayMs: number; readonly budget: RestartBudget }
  /** The budget is spent: `retryInMs` says when the window has room again, for whoever holds instead of ending. */
  | { readonly kind: "spent"; readonly retryInMs: number; readonly budget: RestartBudget };

/** Decides when to start again: full jitter over an exponentially growing wait, within a windowed budget. */
export function planRestart(
  budget: RestartBudget,
  { nowMs, ranMs, random01 }: RestartRequest,
  limits: RestartLimits,
): RestartDecision {
  const restartedAt = budget.restartedAt.filter((at) => at > nowMs - limits.windowMs);
  const inARow = ranMs >= limits.stableMs ? 0 : budget.inARow;
  const [oldest] = restartedAt.slice(-limits.maxInWindow);
  if (oldest !== undefined && restartedAt.length >= limits.maxInWindow)
    return { kind: "spent", retryInMs: oldest + limits.windowMs - nowMs, budget: { restartedAt, inARow } };
  const delayMs = backoffMs(inARow - limits.immediate, random01, limits);
  const startAt = (nowMs + delayMs) as MonotonicMs;
  return {
    kind: "restart",
    delayMs,
    budget: { restartedAt: [...restartedAt, startAt], inARow: inARow + 1 },
  };
}

function backoffMs(waitsBefore: number, random01: number, { baseMs, capMs }: RestartLimits): number {
  if (waitsBefore < 0) return 0;
  return Math.floor(random01 * Math.min(capMs, baseMs * 2 ** waitsBefore));
}
