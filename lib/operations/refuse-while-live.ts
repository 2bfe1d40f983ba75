import { LaunchError } from "../errors.ts";
import type { ProcessTable } from "../ports/process-table.ts";
import type { Store } from "../ports/store/store.ts";
import { nameRuns, possiblyLiveRuns } from "./runs/judge-run.ts";

/** Rejects with LAUNCH_IN_USE while any run may live; `what` begins the sentence: "The database is in use". */
export async function refuseWhileLive(
  store: Store,
  processes: Pick<ProcessTable, "judge">,
  what: string,
): Promise<void> {
  const runs = await possiblyLiveRuns(store, processes);
  if (runs.length === 0) return;
  throw new LaunchError("LAUNCH_IN_USE", `${what}: ${nameRuns(runs)}.`, {
    hint: "Stop them first; `launch ps` lists them.",
  });
}
