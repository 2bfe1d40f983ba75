import type { HistoryEvent } from "../../domain/event.ts";

export interface HistoryStore {
  /** Drops what is older, the last run of each unit apart, and makes room for the months that come. */
  keep(days: number): Promise<void>;
  append(event: HistoryEvent): Promise<void>;
  /** The same for many at once, in their order. */
  appendMany(events: readonly HistoryEvent[]): Promise<void>;
  /** Newest first. */
  list(filter: { readonly accountName?: string; readonly limit: number }): Promise<readonly HistoryEvent[]>;
}
