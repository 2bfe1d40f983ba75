import type { LauncherId, RunId } from "../ids.ts";
import type { UnitKey } from "./unit-key.ts";

/** What one run at a time holds: a bot's account, or a collector's name. */
export interface LeaseSlot {
  readonly unitKey: UnitKey;
  /** The run under `instances: many`, where each holds a slot of its own; empty otherwise. */
  readonly instance: string;
}

/** A process on some host, told apart from any later one with the same pid. */
export interface ProcessIdentity {
  readonly host: string;
  readonly machineId: string;
  readonly bootId: string;
  /** Inode of the pid namespace: pids of another one mean nothing here. */
  readonly pidNamespace: string;
  readonly pid: number;
  readonly startTicks: number;
}

/** Who holds a lease: the run, and the launcher process that renews it. */
export interface LeaseOwner {
  readonly runId: RunId;
  readonly launcherId: LauncherId;
  readonly launcher: ProcessIdentity;
}

/** The present fact "held by this run until its launcher stops renewing". */
export interface Lease extends LeaseSlot {
  readonly runId: RunId;
  readonly launcherId: LauncherId;
  /** Grows from taking to taking, over all leases: the fencing token. */
  readonly token: number;
}

/** The present fact "this run leaves through an exit"; one lease for all venues of its account. */
export interface ExitLease {
  readonly runId: RunId;
  /** Grows at every taking of any exit. */
  readonly token: number;
}

/** What a taker saw of a lease that another run holds; unchanged for a whole TTL of the taker's own clock, it proves that holder gone. */
export interface SeenLease {
  readonly token: number;
  /** The counter of the holder's launcher. */
  readonly renewals: number;
}

/** A lease that another run holds, as a taker sees it. */
export interface LeaseHolder {
  readonly owner: LeaseOwner;
  readonly seen: SeenLease;
  /** Taken from its run by an operator's word: its launcher is about to give it back, and renewals extend it no more. */
  readonly isRevoked: boolean;
  /** What the holder counts on after a renewal, and a taker therefore waits. */
  readonly ttlMs: number;
}

/** How long a lease may last without a renewal: each launcher decides for its own (docs/data.md, Leases). */
export const leaseTtl = { leastMs: 10_000, usualMs: 15_000, mostMs: 300_000 } as const;

/** How a launcher keeps its leases; all of it follows from the TTL. */
export interface LeaseTimes {
  readonly ttlMs: number;
  /** Less than the TTL: for so long after a renewal was sent the holder counts on its leases. */
  readonly trustedMs: number;
  readonly renewEveryMs: number;
  /** A renewal that hangs longer is asked anew over another connection, `retryEveryMs` later. */
  readonly answerWithinMs: number;
  readonly retryEveryMs: number;
}

/** Two clocks may run apart by half a percent over the longest TTL, and what runs needs a moment to die. */
const marginMs = 3_000;

/** A longer TTL is no reason to renew less often: operators' requests are read with each renewal, and an outage may begin just before one. */
export function leaseTimes(ttlMs: number): LeaseTimes {
  const trustedMs = ttlMs - marginMs;
  return {
    ttlMs,
    trustedMs,
    renewEveryMs: Math.min(4_000, Math.floor(trustedMs / 3)),
    answerWithinMs: Math.min(3_000, Math.floor(trustedMs / 4)),
    retryEveryMs: 1_000,
  };
}
