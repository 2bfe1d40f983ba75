import type { LeaseOwner } from "../../domain/run/lease.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { Spawner } from "../../ports/spawner.ts";

/** One try at something that another run may hold; `beats` tells how far that run's renewals have come. */
export type TakeAttempt<Held> =
  | { readonly kind: "held"; readonly held: Held }
  | { readonly kind: "busy"; readonly owner: LeaseOwner; readonly beats: string; readonly ttlMs: number };

export type Taking<Held> =
  | { readonly kind: "held"; readonly held: Held }
  | { readonly kind: "refused"; readonly owner: LeaseOwner; readonly isAliveHere: boolean };

export interface TakeOptions<Held> {
  /** Tries once; `proof` is the `beats` that were seen unchanged for a whole TTL, or whose holder is dead on this host. */
  readonly attempt: (proof: string | undefined) => Promise<TakeAttempt<Held>>;
  readonly clock: Clock;
  readonly processes: Pick<ProcessTable, "judge">;
  readonly spawner: Pick<Spawner, "killSurvivors">;
  readonly onWait: (owner: LeaseOwner, leftMs: number) => void;
  /** Whether a holder that is seen to renew may still be about to stop; otherwise it refuses at once. */
  readonly isPatient: boolean;
  readonly signal: AbortSignal;
}

const lookEveryMs = 500;

/**
 * Takes what a dead run of this host left at once, after killing what survives of it; waits out one TTL of anybody
 * else's silence by this process's own clock; refuses when the holder keeps renewing (docs/architecture.md, Leases).
 */
export async function takeLease<Held>(options: TakeOptions<Held>): Promise<Taking<Held>> {
  const { clock, signal } = options;
  const startedAt = clock.monotonicMs();
  let silentSince = startedAt;
  let lastBeats: string | undefined;
  let lastHolder: string | undefined;
  let proof: string | undefined;

  for (;;) {
    signal.throwIfAborted();
    const attempt = await options.attempt(proof);
    if (attempt.kind === "held") return attempt;
    const { owner, beats, ttlMs } = attempt;
    const now = clock.monotonicMs();
    const wasProofRefused = proof !== undefined;
    if (beats !== lastBeats) {
      if (!options.isPatient && owner.runId === lastHolder)
        return { kind: "refused", owner, isAliveHere: false };
      lastHolder = owner.runId;
      silentSince = now;
      lastBeats = beats;
      proof = undefined;
    }
    const verdict = options.processes.judge(owner.launcher);
    if (verdict === "alive") return { kind: "refused", owner, isAliveHere: true };
    const silentMs = now - silentSince;
    const isOver = verdict === "dead" || silentMs >= ttlMs;
    // A row that moves although its holder is dead is somebody's trouble, not a reason to ask without pause or end.
    const isEndless = verdict === "dead" && now - startedAt >= 2 * ttlMs;
    if (isOver && proof !== beats && !isEndless) {
      if (wasProofRefused) await pause(clock, lookEveryMs, signal);
      if (verdict === "dead") await options.spawner.killSurvivors(owner.runId);
      proof = beats;
      continue;
    }
    // A holder that renews within two TTLs is alive; a silent one is over after one.
    if (now - startedAt >= 2 * ttlMs) return { kind: "refused", owner, isAliveHere: false };
    options.onWait(owner, Math.max(0, ttlMs - silentMs));
    await pause(clock, lookEveryMs, signal);
  }
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
