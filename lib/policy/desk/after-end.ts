import type { MonotonicMs } from "../../domain/time.ts";
import type { Ending } from "../machine/state.ts";
import { planRestart, type RestartBudget, restartLimits } from "../restart.ts";

/** What a launcher of many units does with one whose run is over. */
export type AfterEnd =
  /** It is done, or stopped on purpose: nothing starts it again by itself. */
  | { readonly kind: "finished"; readonly why: string }
  /** Something has to be changed first: launch.yaml, the database, this host. */
  | { readonly kind: "failed"; readonly why: string }
  /** Another launcher of this host runs it, and goes on. */
  | { readonly kind: "elsewhere"; readonly why: string }
  /** A launcher of another host has it: its lease is watched, and taken over when that one is gone. */
  | { readonly kind: "standby"; readonly why: string }
  /** It is tried again after the delay. */
  | {
      readonly kind: "retry";
      readonly why: string;
      readonly delayMs: number;
      /** What losses of the lease have used up, where this is one. */
      readonly leases?: RestartBudget;
    };

/** A unit whose crashes spent their budget is tried again after this time. */
const crashLoopMs = 600_000;
const firstRetryMs = 5_000;
const longestRetryMs = 60_000;

/** Statuses of what can pass by itself (docs/cli.md): no proxy now, the network, the database, a lease, a credential. */
const passing: readonly number[] = [69, 75, 77];

export interface EndFacts {
  /** Ends in a row that were followed by a retry. */
  readonly retries: number;
  /** Another launcher of this host holds the unit. */
  readonly isOnThisHost: boolean;
  /** A program of the host starts the launcher again, as its status says. */
  readonly hasEngine: boolean;
  /** A random number in [0, 1). */
  readonly random01: number;
  /** What losses of its lease have used up so far. */
  readonly leases: RestartBudget;
  readonly nowMs: MonotonicMs;
  /** How long it had been ready. */
  readonly ranMs: number;
}

/** Decides what follows the end of a unit's run. */
export function afterEnd(ending: Ending, facts: EndFacts): AfterEnd {
  const { retries, isOnThisHost, hasEngine, random01 } = facts;
  const { code, exitStatus, reason: why } = ending;
  if (code === undefined) return { kind: "finished", why };
  if (code === "LAUNCH_RESTART_BUDGET_SPENT") return { kind: "retry", why, delayMs: crashLoopMs };
  if (hasEngine) return { kind: "failed", why };
  if (code === "LAUNCH_LEASE_LOST") return afterLostLease(why, facts);
  if (code === "LAUNCH_LEASE_HELD" && isOnThisHost) return { kind: "elsewhere", why };
  if (code === "LAUNCH_LEASE_HELD") return { kind: "standby", why };
  if (!passing.includes(exitStatus)) return { kind: "failed", why };
  const capMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(retries, 10));
  return { kind: "retry", why, delayMs: Math.floor(capMs * (0.5 + random01 / 2)) };
}

function afterLostLease(why: string, { leases, ...at }: EndFacts): AfterEnd {
  const next = planRestart(leases, at, restartLimits.lease);
  const delayMs = next.kind === "spent" ? next.retryInMs : next.delayMs;
  return { kind: "retry", why, delayMs, leases: next.budget };
}

/** The status with which the launcher ends when nothing of these is left to run: 0, or the gravest of them. */
export function gravestStatus(statuses: readonly number[]): number {
  return statuses.reduce((worst, status) => (gravity(status) > gravity(worst) ? status : worst), 0);
}

// What only a person can mend comes before what a bot ended with, and that before what may pass.
function gravity(status: number): number {
  if (status === 0) return 0;
  if (status === 75) return 1;
  return status >= 64 && status <= 78 ? 3 : 2;
}
