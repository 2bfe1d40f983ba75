import { hostname } from "node:os";
import { takeLeft } from "../../adapters/host-files/left-processes.ts";
import { nameKilled } from "../../domain/text/killed-processes.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../ports/store/store.ts";

/** Writes into the history what the watches of launchers that were killed have killed since. */
export async function tellLeft(
  folder: string,
  store: Pick<Store, "runs" | "history">,
  clock: Clock,
): Promise<void> {
  const left = takeLeft(folder);
  if (left.length === 0) return;
  const runs = new Map((await store.runs.live()).map(({ run }) => [run.id, run]));
  for (const { runId, launcherPid, killed } of left) {
    const unit = runs.get(runId)?.unit;
    const names = nameKilled(killed);
    await store.history.append({
      at: clock.now(),
      kind: "process.outlived",
      severity: "warning",
      actor: "system",
      host: hostname(),
      runId,
      accountId: unit?.kind === "bot" ? unit.accountId : undefined,
      message: `Its launcher (pid ${launcherPid}) was killed; what outlived it was killed at once: ${names}`,
      evidence: { launcherPid, killed },
    });
  }
}
