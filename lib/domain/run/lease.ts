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

/** TTL, renewal and margin (docs/data.md, Leases); Patroni's rule renew + 2·retry <= ttl holds. */
export const leaseTimes = { ttlMs: 15_000, renewEveryMs: 4_000, marginMs: 3_000 } as const;
