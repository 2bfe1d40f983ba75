import type { Instant } from "../../domain/time.ts";

/** What one host tells of a lost database: it cannot be written there, so it is kept in a file that all launchers of the host share. */
export interface OutageBook {
  /** Whether anything stands in it. */
  isWritten(): Promise<boolean>;
  /** Takes the book, until `release` or the end of this process; undefined while another launcher has it. */
  take(): Promise<OpenOutageBook | undefined>;
}

export interface OpenOutageBook {
  read(): Promise<Outage | undefined>;
  /** On the disk when it settles. */
  write(outage: Outage): Promise<void>;
  forget(): Promise<void>;
  release(): void;
}

export interface Outage {
  readonly id: string;
  readonly since: Instant;
  /** Undefined while the database is lost. */
  readonly overAt?: Instant | undefined;
  /** What each channel was told, by its name, with how it names the message. */
  readonly lost: Readonly<Record<string, { readonly receipt: string | undefined }>>;
  readonly over: Readonly<Record<string, true>>;
  /** What is being sent: behind a kill it may have arrived. */
  readonly begun: readonly string[];
}
