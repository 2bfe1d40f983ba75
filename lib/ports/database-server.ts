/** A PostgreSQL that Slipway runs for itself (research: embedded database). */
export interface DatabaseServer {
  /** Makes sure the server runs and gives the address for the non-superuser role; starts it when it does not. */
  ensure(onProgress?: (text: string) => void): Promise<DatabaseAddress>;
  /** The same for the superuser, used by init and migrations only. */
  ensureForMigration(onProgress?: (text: string) => void): Promise<DatabaseAddress>;
  /** The address of one that seems to run, found without asking it; undefined where none does. */
  running(): RunningServer | undefined;
  /** Where the server would be, without starting it. */
  address(): DatabaseAddress;
  status(): Promise<DatabaseServerStatus>;
  /** Stops it; the caller has made sure that no run lives. */
  stop(): Promise<"stopped" | "was not running">;
  /** Runs it in the foreground until the signal aborts (`launch db serve`); says once that it takes clients. */
  serve(signal: AbortSignal, onReady: () => void): Promise<void>;
}

/** Nobody has asked it yet: its first client does, and tells what it heard. */
export interface RunningServer {
  readonly address: DatabaseAddress;
  /** A column for its first statement. */
  readonly question: string;
  hear(answer: Readonly<Record<string, unknown>>): void;
}

/** What `pg` needs; no password: the socket lies in a 0700 folder. */
export interface DatabaseAddress {
  readonly socketFolder: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export interface DatabaseServerStatus {
  readonly kind: "absent" | "stopped" | "running" | "stale";
  readonly dataFolder: string | undefined;
  readonly pid: number | undefined;
}
