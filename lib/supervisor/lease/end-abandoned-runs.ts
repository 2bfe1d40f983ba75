import type { CollectorRunnerSettings } from "../../domain/run/run-settings.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { LiveRun } from "../../ports/store/run-store.ts";
import type { Store } from "../../ports/store/store.ts";

interface Ports {
  readonly store: Pick<Store, "runs" | "leases">;
  readonly processes: Pick<ProcessTable, "judge">;
  readonly spawner: Pick<Spawner, "killSurvivors">;
  readonly clock: Clock;
}

/** A holder stops itself within one TTL without renewal; an hour leaves room for a host whose clockwork was stopped. */
const silentForMs = 3_600_000;

/**
 * Ends the rows of a collector's earlier runs that nobody cares for any more: the launcher is proven dead on this host, and
 * what is left of its run is killed; or it is of another host and has lost its lease, or not renewed it for an hour.
 * (The unit's own lease ends those of a bot, and of a collector that runs once.)
 */
export async function endAbandonedRuns(
  { store, processes, spawner, clock }: Ports,
  { unit, runId }: Pick<CollectorRunnerSettings, "unit" | "runId">,
): Promise<void> {
  for (const live of await store.runs.live()) {
    const { run } = live;
    if (run.unit.kind !== "collector" || run.unit.name !== unit.name || run.id === runId) continue;
    const judgement = live.launcher === undefined ? "elsewhere" : processes.judge(live.launcher);
    if (judgement === "alive" || (judgement === "elsewhere" && !isSilent(live))) continue;
    if (judgement === "dead") await spawner.killSurvivors(run.id);
    if (live.lease !== undefined) await store.leases.free(live.lease, live.lease.seen);
    const reason = judgement === "dead" ? "its launcher was gone" : "its lease had run out";
    await store.runs.end(run.id, { at: clock.now(), by: "launcher", exitCode: undefined, reason });
  }
}

function isSilent({ lease, sinceRenewedMs }: LiveRun): boolean {
  return lease === undefined || (sinceRenewedMs !== undefined && sinceRenewedMs > silentForMs);
}
