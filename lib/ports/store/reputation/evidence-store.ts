import type { AccountId } from "../../../domain/ids.ts";
import type { EvidenceRow } from "../../../domain/verdict/evidence-row.ts";

/** Everything that was seen; rows are added and read, never changed. */
export interface EvidenceStore {
  /** Stores many at once, in one statement. */
  append(rows: readonly EvidenceRow[]): Promise<void>;
  /** Newest first, by the clock of the database. */
  list(filter: EvidenceFilter): Promise<readonly EvidenceRow[]>;
  /** Drops what is older, and makes room for the weeks that come. */
  keep(days: number): Promise<void>;
}

export interface EvidenceFilter {
  readonly accountId?: AccountId;
  /** As `exitKeyOf` gives it. */
  readonly exitKey?: string;
  /** Only what was stored within this time. */
  readonly withinMs?: number;
  readonly limit: number;
}
