import type { Instant } from "../time.ts";

/** What a database server says of itself. */
export interface DatabaseServerFacts {
  /** By its own clock. */
  readonly now: Instant;
  /** Whether something stands between this host and the server. */
  readonly isPooled: boolean;
  /** Which standbys a commit waits for; empty: none. */
  readonly synchronousNames: string;
  readonly synchronousCommit: string;
  /** How many standbys follow it. */
  readonly standbys: number;
}
