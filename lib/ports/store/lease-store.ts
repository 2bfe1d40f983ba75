import type { VenueName } from "../../domain/account.ts";
import type { ExitIps } from "../../domain/exit-check.ts";
import type { AccountId, LauncherId, ProxyId, RunId } from "../../domain/ids.ts";
import type { ExitLease, Lease, LeaseHolder, LeaseSlot, SeenLease } from "../../domain/run/lease.ts";
import type { Run } from "../../domain/run/run.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";

/** Leases with a fencing token, renewed by their launcher's counter; no wall clock decides anything (docs/data.md, Leases). */
export interface LeaseStore {
  /**
   * Takes the slot when it is free, already this run's, or exactly as `seen`; earlier runs of the unit, which then hold none, are
   * ended, and the row of this one begins, all in one transaction.
   */
  acquire(request: LeaseRequest): Promise<LeaseAttempt>;
  /** Who holds each of these units, but for those that nobody does. */
  holders(unitKeys: readonly UnitKey[]): Promise<ReadonlyMap<UnitKey, WatchedLease>>;
  /** Frees what the run holds, revoked or not, and with it every exit of the run; nothing of another launcher. */
  release(runId: RunId, launcherId: LauncherId): Promise<void>;
  /** Takes the lease from a launcher that lives: it loses it at its next renewal. False when nobody holds it, or it is revoked already. */
  revoke(slot: LeaseSlot): Promise<boolean>;
  /** Frees another launcher's lease that is still exactly as `seen`. */
  free(slot: LeaseSlot, seen: SeenLease): Promise<boolean>;
  /**
   * Takes an exit for an account's venues, in all its address families at once, under a lock on each. A row of the same account is replaced.
   * A row of another account refuses unless both share a group or no venue conflicts, or its holder is exactly as `seen`: then
   * that run loses its account lease as well. Rejects with StoreError LAUNCH_LEASE_LOST when the run does not hold the account's lease.
   */
  takeExit(request: ExitLeaseRequest): Promise<ExitLeaseAttempt>;
  /** Frees this exit and those that its run took before it; whenever it arrives, never one that was taken since. */
  releaseExit(lease: ExitLease): Promise<void>;
}

export interface LeaseRequest extends LeaseSlot {
  readonly runId: RunId;
  readonly launcherId: LauncherId;
  /** The holder as watched unchanged for its whole TTL, or proven dead on this host. */
  readonly seen: SeenLease | undefined;
  /** The era that was watched for a whole TTL, when the last answer was `settling`. */
  readonly settledEra: number | undefined;
  /** The run as its row begins; undefined where the lease is taken for a run that begins later. */
  readonly begins?: Run | undefined;
}

/** A lease as somebody sees it who stands by. */
export interface WatchedLease extends LeaseHolder {
  /** Its bot or collector runs, as far as its launcher has written. */
  readonly isRunning: boolean;
}

/** The server failed over, and may have forgotten the last takings: nothing is taken until one taker has watched this era for so long. */
export interface Settling {
  readonly kind: "settling";
  readonly era: number;
  readonly ttlMs: number;
}

export type LeaseAttempt =
  | { readonly kind: "held"; readonly lease: Lease }
  | { readonly kind: "busy"; readonly holder: LeaseHolder }
  /** The launcher has no row (any more): it registers under a new id. */
  | { readonly kind: "unregistered" }
  | Settling;

export interface ExitLeaseRequest {
  /** All are taken, or none. */
  readonly exitIps: ExitIps;
  readonly venues: readonly VenueName[];
  readonly accountId: AccountId;
  readonly groupName: string | undefined;
  readonly proxyId: ProxyId;
  readonly runId: RunId;
  /** The holders as watched unchanged for their whole TTL, or proven dead on this host. */
  readonly seen: ReadonlyMap<RunId, SeenLease>;
  readonly settledEra: number | undefined;
}

export type ExitLeaseAttempt =
  | { readonly kind: "taken"; readonly lease: ExitLease }
  | { readonly kind: "conflict"; readonly holders: readonly ExitHolder[] }
  | Settling;

export interface ExitHolder extends LeaseHolder {
  readonly accountName: string;
  /** What of the request it holds. */
  readonly exitKey: string;
  readonly venue: VenueName;
}
