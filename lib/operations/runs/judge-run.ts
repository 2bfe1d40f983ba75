import type { ProcessIdentity } from "../../domain/run/lease.ts";
import type { Run } from "../../domain/run/run.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { LiveRun } from "../../ports/store/run-store.ts";
import type { Store } from "../../ports/store/store.ts";

/**
 * Whether a run that has not ended in the database still lives.
 * `live`: its launcher runs here, or renews its lease from elsewhere · `silent`: may live, but let its lease time out ·
 * `dead`: its launcher is gone from this host · `over`: another run took the lease.
 */
export type RunVerdict = "live" | "silent" | "dead" | "over";

/** Judges one run by its launcher's process where that means something here, else by its lease alone. */
export function judgeRun(live: LiveRun, processes: Pick<ProcessTable, "judge">): RunVerdict {
  if (live.launcher !== undefined && processes.judge(live.launcher) === "dead") return "dead";
  if (live.lease === undefined) return "over";
  const { sinceRenewedMs, ttlMs } = live;
  const isLate = sinceRenewedMs !== undefined && ttlMs !== undefined && sinceRenewedMs > ttlMs;
  return isLate ? "silent" : "live";
}

/** Judges each launcher once, however many runs name it: a judgement reads files of the host. */
export function judgingOnce({ judge }: Pick<ProcessTable, "judge">): Pick<ProcessTable, "judge"> {
  const judged = new Map<ProcessIdentity, ReturnType<ProcessTable["judge"]>>();
  return {
    judge: (identity) => {
      const verdict = judged.get(identity) ?? judge(identity);
      judged.set(identity, verdict);
      return verdict;
    },
  };
}

/** Runs that must be taken for living when something is about to be taken away: one that cannot be judged lives. */
export async function possiblyLiveRuns(
  store: Store,
  processes: Pick<ProcessTable, "judge">,
): Promise<readonly Run[]> {
  return (await possiblyLive(store, processes)).map(({ run }) => run);
}

/** The same with what is known of their launchers. */
export async function possiblyLive(
  store: Store,
  processes: Pick<ProcessTable, "judge">,
): Promise<readonly LiveRun[]> {
  const runs = await store.runs.live();
  const once = judgingOnce(processes);
  return runs.filter((each) => ["live", "silent"].includes(judgeRun(each, once)));
}

/** Says which runs are meant: "alice on host-a (pid 4711)". */
export function nameRuns(runs: readonly Run[]): string {
  return runs.map((run) => `${run.unit.name} on ${run.launcher.host} (pid ${run.launcher.pid})`).join(", ");
}
