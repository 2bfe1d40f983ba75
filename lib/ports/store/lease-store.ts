import type { VenueName } from "../../domain/account.ts";
import type { AccountId, LauncherId, ProxyId, RunId } from "../../domain/ids.ts";
import type { ExitIp } from "../../domain/ip.ts";
import type { ExitLease, Lease, LeaseOwner, LeaseResource, SeenLease } from "../../domain/run/lease.ts";

/** Row leases with a fencing token and a beat; no wall clock decides anything (docs/architecture.md, Leases). */
export interface LeaseStore {
  /** Takes the row when it is free, already this run's, or exactly as `seen`; earlier runs of the unit, which then hold none, are ended. */
  acquire(request: LeaseRequest): Promise<LeaseAttempt>;
  /** Renews all leases and exit leases of the launcher's runs in one statement; what does not come back is lost. */
  renew(launcherId: LauncherId, leases: readonly Lease[]): Promise<readonly LeaseResource[]>;
  /** Frees the row at once (token + 1) when it is still this run's, and with it every exit of the run. */
  release(runId: RunId, resource: LeaseResource): Promise<void>;
  /**
   * Takes an exit for an account's venues, under a lock on the ip. A row of the same account is replaced.
   * A row of another account refuses unless both share a group or no venue conflicts, or it is exactly as `seen`: then its
   * run loses its account lease as well. Rejects with StoreError LAUNCH_LEASE_LOST when the run does not hold the account's lease.
   */
  takeExit(request: ExitLeaseRequest): Promise<ExitLeaseAttempt>;
  /** Frees this exit and those that its run took before it; whenever it arrives, never one that was taken since. */
  releaseExit(lease: ExitLease): Promise<void>;
  /** Who holds the resource now; undefined when it is free. */
  holder(resource: LeaseResource): Promise<(LeaseOwner & SeenLease & { readonly ttlMs: number }) | undefined>;
}

export interface LeaseRequest {
  readonly resource: LeaseResource;
  readonly owner: LeaseOwner;
  readonly ttlMs: number;
  readonly seen: SeenLease | undefined;
}

export type LeaseAttempt =
  | { readonly kind: "held"; readonly lease: Lease }
  | { readonly kind: "busy"; readonly owner: LeaseOwner; readonly seen: SeenLease; readonly ttlMs: number };

export interface ExitLeaseRequest {
  readonly exitIp: ExitIp;
  readonly venues: readonly VenueName[];
  readonly accountId: AccountId;
  readonly groupName: string | undefined;
  readonly proxyId: ProxyId;
  readonly owner: LeaseOwner;
  readonly ttlMs: number;
  /** The conflicting rows as watched unchanged for a whole TTL, or proven dead on this host: beat by run. */
  readonly seen: ReadonlyMap<RunId, number>;
}

export type ExitLeaseAttempt =
  | { readonly kind: "taken"; readonly lease: ExitLease }
  | { readonly kind: "conflict"; readonly holders: readonly ExitHolder[] };

export interface ExitHolder {
  readonly accountName: string;
  readonly venue: VenueName;
  readonly owner: LeaseOwner;
  readonly beat: number;
  readonly ttlMs: number;
}
