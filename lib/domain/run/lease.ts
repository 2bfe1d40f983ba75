import type { Brand } from "../brand.ts";
import type { AccountId, LauncherId, RunId } from "../ids.ts";

/** What can be held by one run at a time: `account:<id>` or `collector:<name>`. */
export type LeaseResource = Brand<string, "LeaseResource">;

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

/** The present fact "held by this run until it stops renewing". */
export interface Lease {
  readonly resource: LeaseResource;
  readonly runId: RunId;
  /** Grows at every change of holder: the fencing token. */
  readonly token: number;
  readonly ttlMs: number;
}

/** The present fact "this run leaves through an exit"; one lease for all venues of its account. */
export interface ExitLease {
  readonly runId: RunId;
  /** Grows at every taking of any exit. */
  readonly token: number;
}

/** What a taker saw of a row that another run holds; unchanged for a whole TTL of the taker's own clock, it proves that holder gone. */
export interface SeenLease {
  readonly token: number;
  readonly beat: number;
}

/** TTL, renewal and margin (docs/architecture.md, Leases); Patroni's rule renew + 2·retry <= ttl holds. */
export const leaseTimes = { ttlMs: 15_000, renewEveryMs: 4_000, marginMs: 3_000 } as const;

export function accountResource(id: AccountId): LeaseResource {
  return `account:${id}` as LeaseResource;
}

/** `instance` tells apart the runs of a collector declared with `instances: many`. */
export function collectorResource(name: string, instance?: string): LeaseResource {
  return (instance === undefined ? `collector:${name}` : `collector:${name}:${instance}`) as LeaseResource;
}
