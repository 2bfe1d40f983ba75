import type { LeaseHolder, LeaseOwner } from "../../domain/run/lease.ts";
import type { MonotonicMs } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { Settling } from "../../ports/store/lease-store.ts";

/** One try at something that another run may hold; `mark` tells one sight of that run's lease from any later one. */
export type TakeAttempt<Held> =
  | { readonly kind: "held"; readonly held: Held }
  | ({ readonly kind: "busy"; readonly mark: string } & Pick<LeaseHolder, "owner" | "isRevoked" | "ttlMs">)
  | Settling;

export type Taking<Held> =
  | { readonly kind: "held"; readonly held: Held }
  | { readonly kind: "refused"; readonly owner: LeaseOwner; readonly isAliveHere: boolean };

/** What a taker has found out before it tries. */
export interface TakeProof {
  /** The mark that was seen unchanged for the holder's whole TTL, or whose holder is dead on this host. */
  readonly mark: string | undefined;
  /** The era of the database that was watched, unsettled, for a whole TTL. */
  readonly settledEra: number | undefined;
}

export interface TakeOptions<Held> {
  readonly attempt: (proof: TakeProof) => Promise<TakeAttempt<Held>>;
  readonly clock: Clock;
  readonly processes: Pick<ProcessTable, "judge">;
  readonly spawner: Pick<Spawner, "killSurvivors">;
  /** The owner is undefined while a database that failed over settles. */
  readonly onWait: (owner: LeaseOwner | undefined, leftMs: number) => void;
  /** Whether a holder that is seen to renew may still be about to stop; otherwise it refuses at once. */
  readonly isPatient: boolean;
  /** Somebody here watches the holder beside others and comes again when it is over: it is refused at once, unless it is dead on this host. */
  readonly isWatched?: boolean;
  readonly signal: AbortSignal;
}

const lookEveryMs = 500;
/** One that renews may be about to stop. */
const renewingPatienceMs = 30_000;

/** Names what was seen of a lease: a revoked one is extended by no renewal. */
export function markOf({ owner, seen, isRevoked }: LeaseHolder): string {
  return isRevoked ? `${owner.runId}:${seen.token}` : `${owner.runId}:${seen.token}:${seen.renewals}`;
}

/**
 * Takes what a dead run of this host left at once, after killing what survives of it; waits out the holder's TTL of
 * silence by this process's own clock; refuses when the holder keeps renewing (docs/data.md, Leases).
 */
export async function takeLease<Held>(options: TakeOptions<Held>): Promise<Taking<Held>> {
  const { clock, signal } = options;
  const startedAt = clock.monotonicMs();
  let silentSince = startedAt;
  let lastMark: string | undefined;
  let lastHolder: string | undefined;
  let isRenewing = false;
  let mark: string | undefined;
  const era = eraWatch(clock);

  for (;;) {
    signal.throwIfAborted();
    const attempt = await options.attempt({ mark, settledEra: era.settled() });
    if (attempt.kind === "held") return attempt;
    if (attempt.kind === "settling") {
      const leftMs = era.note(attempt);
      if (leftMs > 0) options.onWait(undefined, leftMs);
      if (leftMs > 0) await pause(clock, lookEveryMs, signal);
      continue;
    }
    const { owner, ttlMs } = attempt;
    // The silence counts from the answer to the first look.
    const now = clock.monotonicMs();
    const wasProofRefused = mark !== undefined;
    if (attempt.mark !== lastMark) {
      if (!options.isPatient && owner.runId === lastHolder)
        return { kind: "refused", owner, isAliveHere: false };
      isRenewing = owner.runId === lastHolder;
      lastHolder = owner.runId;
      silentSince = now;
      lastMark = attempt.mark;
      mark = undefined;
    }
    const verdict = options.processes.judge(owner.launcher);
    if (verdict === "alive" && !attempt.isRevoked) return { kind: "refused", owner, isAliveHere: true };
    if (options.isWatched === true && verdict !== "dead" && !attempt.isRevoked)
      return { kind: "refused", owner, isAliveHere: false };
    const silentMs = now - silentSince;
    const isOver = verdict === "dead" || silentMs >= ttlMs;
    // A row that moves although its holder is dead is somebody's trouble, not a reason to ask without pause or end.
    const isEndless = verdict === "dead" && now - startedAt >= 2 * ttlMs;
    if (isOver && mark !== attempt.mark && !isEndless) {
      if (wasProofRefused) await pause(clock, lookEveryMs, signal);
      if (verdict === "dead") await options.spawner.killSurvivors(owner.runId);
      mark = attempt.mark;
      continue;
    }
    // A holder that renews within two TTLs is alive; a silent one is over after one. Nobody waits minutes for one that was seen to renew.
    const patienceMs = isRenewing ? Math.min(2 * ttlMs, renewingPatienceMs) : 2 * ttlMs;
    if (now - startedAt >= patienceMs) return { kind: "refused", owner, isAliveHere: verdict === "alive" };
    options.onWait(owner, Math.max(0, ttlMs - silentMs));
    await pause(clock, lookEveryMs, signal);
  }
}

/** Watches the era of a database that has failed over: it may have forgotten the last takings, and whoever has them stops within a TTL. */
export function eraWatch(clock: Pick<Clock, "monotonicMs">) {
  let watched: { readonly era: number; readonly ttlMs: number; readonly since: MonotonicMs } | undefined;
  const leftMs = () =>
    watched === undefined ? 0 : Math.max(0, watched.since + watched.ttlMs - clock.monotonicMs());
  return {
    settled: () => (watched !== undefined && leftMs() === 0 ? watched.era : undefined),
    note: ({ era, ttlMs }: Settling): number => {
      if (watched?.era !== era) watched = { era, ttlMs, since: clock.monotonicMs() };
      return leftMs();
    },
  };
}

/** Waits by the given clock; rejects when the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
