import type { HistoryEvent, StoredEvent } from "../../domain/event.ts";
import type { UnitRef } from "../../domain/run/unit-key.ts";
import type { Instant } from "../../domain/time.ts";

export interface HistoryStore {
  /** Drops what is older, the last run of each unit apart, and makes room for the months that come. */
  keep(days: number): Promise<void>;
  append(event: HistoryEvent): Promise<void>;
  /** The same for many at once, in their order. */
  appendMany(events: readonly HistoryEvent[]): Promise<void>;
  /** Newest first. */
  list(filter: EventFilter): Promise<readonly StoredEvent[]>;
}

export interface EventFilter {
  /** An account or a collector; also one that was removed since. */
  readonly unitName?: string | undefined;
  /** Only of bots and their accounts, or only of collectors: both may have one name. */
  readonly unitKind?: UnitRef["kind"] | undefined;
  readonly kind?: string | undefined;
  /** Only what happened since then. */
  readonly since?: Instant | undefined;
  /** Only what happened until then, and at that moment too. */
  readonly until?: Instant | undefined;
  /** Only what was stored with a greater number; one that is stored at the same time may come with a smaller one a moment later. */
  readonly afterId?: number | undefined;
  /** Without it all are given back. */
  readonly limit?: number | undefined;
}
