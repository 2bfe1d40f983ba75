import type { UnitKey } from "../../domain/run/unit-key.ts";
import type { MonotonicMs } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LeaseStore, WatchedLease } from "../../ports/store/lease-store.ts";
import { markOf } from "./take-lease.ts";

/** How a lease that another launcher has looks now: kept, or to be taken as it is. */
export type StandbySight =
  | { readonly kind: "kept"; readonly holder: WatchedLease; readonly leftMs: number }
  | { readonly kind: "silent"; readonly holder: WatchedLease; readonly silentMs: number }
  | { readonly kind: "free" };

interface Seen {
  readonly mark: string;
  /** When the first look that saw it was answered. */
  readonly since: MonotonicMs;
}

/**
 * Watches the leases of units that stand by, all by one query. It keeps the rule of every taker: what was seen of a lease has to stay
 * the same for its holder's whole TTL, from the answer to the first look (docs/data.md, Leases).
 */
export class StandbyWatch {
  readonly #leases: Pick<LeaseStore, "holders">;
  readonly #clock: Pick<Clock, "monotonicMs">;
  #seen: ReadonlyMap<UnitKey, Seen> = new Map();

  constructor(leases: Pick<LeaseStore, "holders">, clock: Pick<Clock, "monotonicMs">) {
    this.#leases = leases;
    this.#clock = clock;
  }

  /** Looks at these units now, and forgets all others. Rejects where the database does not answer: then nothing is known, and what was seen stays. */
  async look(keys: readonly UnitKey[]): Promise<ReadonlyMap<UnitKey, StandbySight>> {
    const holders = await this.#leases.holders(keys);
    const now = this.#clock.monotonicMs();
    const seen = new Map<UnitKey, Seen>();
    const sights = new Map<UnitKey, StandbySight>();
    for (const key of keys) {
      const holder = holders.get(key);
      if (holder === undefined) {
        sights.set(key, { kind: "free" });
        continue;
      }
      const before = this.#seen.get(key);
      const mark = markOf(holder);
      const since = before?.mark === mark ? before.since : now;
      seen.set(key, { mark, since });
      const silentMs = now - since;
      const leftMs = holder.ttlMs - silentMs;
      sights.set(key, leftMs <= 0 ? { kind: "silent", holder, silentMs } : { kind: "kept", holder, leftMs });
    }
    this.#seen = seen;
    return sights;
  }
}
