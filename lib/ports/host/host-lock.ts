import type { AccountId, RunId } from "../../domain/ids.ts";
import type { ProcessIdentity } from "../../domain/run/lease.ts";

/** What one launcher of a host does at a time: an account's bot whatever database names it, a collector of one state folder, telling of its lost database or of what a killed launcher left. */
export type HostLockKey =
  | { readonly kind: "bot"; readonly accountId: AccountId }
  | { readonly kind: "collector"; readonly stateFolder: string; readonly name: string }
  | { readonly kind: "outage" | "left"; readonly stateFolder: string };

/** Who holds a lock, for whoever is refused. */
export interface HostLockHolder {
  readonly runId: RunId;
  readonly launcher: ProcessIdentity;
  /** The database in use, without user and password. */
  readonly database: string;
  /** The working folder, whose files chose that database. */
  readonly folder: string;
}

/** A lock that is held until it is released or this process dies, by whatever signal. */
export interface HostLock {
  /** Runs of this host whose launcher died while it held the lock: their processes may be alive. */
  readonly left: readonly RunId[];
  /** Gives the lock back; names the runs whose processes could not be killed, for the next holder. */
  release(mayLive: readonly RunId[]): void;
}

/** What one try came to; `place` is the folder in which the holder was found. */
export type HostLockTaking =
  | { readonly kind: "held"; readonly lock: HostLock }
  | { readonly kind: "taken"; readonly holder: HostLockHolder; readonly place: string }
  /** The record in this file cannot be read, and a launcher of this user lives: it may be the holder. */
  | { readonly kind: "unreadable"; readonly file: string; readonly place: string };

/** Locks among all launchers of this user on this host, whatever database and state folder they use. */
export interface HostLocks {
  /** Takes the lock, or tells who has it; rejects with ConfigError when no folder of this host can hold a lock. */
  take(key: HostLockKey, holder: HostLockHolder): Promise<HostLockTaking>;
}
