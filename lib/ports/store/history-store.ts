import type { HistoryEvent } from "../../domain/event.ts";

export interface HistoryStore {
  append(event: HistoryEvent): Promise<void>;
  /** Newest first. */
  list(filter: { readonly accountName?: string; readonly limit: number }): Promise<readonly HistoryEvent[]>;
}
