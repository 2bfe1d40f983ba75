import type { LauncherId } from "../domain/ids.ts";
import { type Lease, type LeaseResource, leaseTimes } from "../domain/lease.ts";
import { type MonotonicMs, monotonic } from "../domain/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal } from "../ports/journal.ts";
import type { LeaseStore } from "../ports/store/lease-store.ts";

/*
 * Renews every lease of this launcher in one statement, each `renewEveryMs`. A holder may count on a lease until the
 * moment it *sent* the last renewal that succeeded, plus the TTL, minus a margin: whoever takes the lease over waits a
 * whole TTL of its own clock after the last beat it saw, so the margin lies between the two. The deadline is a timer of
 * its own: it falls whether or not the database ever answers.
 */

export interface LeaseHooks {
  /** The lease is good until this moment of the launcher's monotonic clock. */
  readonly onRenewed: (deadline: MonotonicMs) => void;
  readonly onLost: (reason: string) => void;
}

export interface LeaseKeeper {
  /** Renews the lease from now on; `sentAt` is the moment before its acquisition was sent. Gives back how to let go. */
  hold(lease: Lease, sentAt: MonotonicMs, hooks: LeaseHooks): () => void;
  stop(): void;
}

interface Held {
  readonly lease: Lease;
  readonly hooks: LeaseHooks;
  deadline: MonotonicMs;
  cancelDeadline: () => void;
}

const retryEveryMs = 1_000;

/** Makes the keeper of one launcher. */
export function leaseKeeper(
  store: LeaseStore,
  launcherId: LauncherId,
  clock: Clock,
  journal: Journal,
): LeaseKeeper {
  const held = new Map<LeaseResource, Held>();
  let cancelNext = () => {};
  let isStopped = false;
  let isOutage = false;

  const lose = (entry: Held, reason: string): void => {
    if (held.get(entry.lease.resource) !== entry) return;
    entry.cancelDeadline();
    held.delete(entry.lease.resource);
    entry.hooks.onLost(reason);
  };

  const extend = (entry: Held, sentAt: MonotonicMs): void => {
    entry.deadline = monotonic(sentAt + entry.lease.ttlMs - leaseTimes.marginMs);
    entry.cancelDeadline();
    entry.cancelDeadline = clock.after(Math.max(0, entry.deadline - clock.monotonicMs()), () =>
      lose(entry, "the database did not answer before the lease ran out"),
    );
    entry.hooks.onRenewed(entry.deadline);
  };

  const renew = async (): Promise<void> => {
    const entries = [...held.values()];
    if (entries.length === 0) return schedule(leaseTimes.renewEveryMs);
    const sentAt = clock.monotonicMs();
    try {
      const kept = new Set(
        await store.renew(
          launcherId,
          entries.map((entry) => entry.lease),
        ),
      );
      for (const entry of entries) {
        if (held.get(entry.lease.resource) !== entry) continue;
        if (kept.has(entry.lease.resource)) extend(entry, sentAt);
        else lose(entry, "another run has taken the lease");
      }
      if (isOutage) journal.say({ level: "info", unit: undefined, text: "the database answers again" });
      isOutage = false;
    } catch (error) {
      if (!isOutage) sayOutage(journal, entries, clock, error);
      isOutage = true;
    }
    schedule(isOutage ? retryEveryMs : leaseTimes.renewEveryMs);
  };

  const schedule = (delayMs: number): void => {
    cancelNext();
    if (!isStopped) cancelNext = clock.after(delayMs, () => void renew());
  };

  schedule(leaseTimes.renewEveryMs);
  return {
    hold(lease, sentAt, hooks) {
      const entry: Held = { lease, hooks, deadline: sentAt, cancelDeadline: () => {} };
      held.set(lease.resource, entry);
      extend(entry, sentAt);
      return () => {
        entry.cancelDeadline();
        if (held.get(lease.resource) === entry) held.delete(lease.resource);
      };
    },
    stop() {
      isStopped = true;
      cancelNext();
      for (const entry of held.values()) entry.cancelDeadline();
      held.clear();
    },
  };
}

function sayOutage(journal: Journal, entries: readonly Held[], clock: Clock, error: unknown): void {
  const soonest = Math.min(...entries.map((entry) => entry.deadline)) - clock.monotonicMs();
  const why = error instanceof Error ? error.message : String(error);
  const text = `the database does not answer (${why}); what runs goes on for at most ${Math.ceil(Math.max(0, soonest) / 1000)} s more`;
  journal.say({ level: "warning", unit: undefined, text });
}
