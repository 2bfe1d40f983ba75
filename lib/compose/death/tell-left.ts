import { hostname } from "node:os";
import { forgetLeft, type LeftRecord, readLeft } from "../../adapters/host-files/left-processes.ts";
import { nameKilled } from "../../domain/text/killed-processes.ts";
import type { HostLock } from "../../ports/host/host-lock.ts";
import type { Store } from "../../ports/store/store.ts";

const kind = "process.outlived";

/**
 * Writes into the history what the watches of launchers that were killed have killed since, each record once: it is removed only
 * when its events are stored, and they carry its id, for whoever finds it after a launcher that was killed in between.
 */
export async function tellLeft(
  folder: string,
  store: Pick<Store, "runs" | "history">,
  lock: () => Promise<HostLock | undefined>,
): Promise<void> {
  if (readLeft(folder).length === 0) return;
  const held = await lock();
  // Another launcher of the folder is at it.
  if (held === undefined) return;
  try {
    for (const record of readLeft(folder)) {
      if (!(await isTold(store, record))) await tell(store, record);
      forgetLeft(folder, record.id);
    }
  } finally {
    held.release([]);
  }
}

async function isTold({ history }: Pick<Store, "history">, { id, at }: LeftRecord): Promise<boolean> {
  // They were stored with the record's own moment, and little else was.
  const events = await history.list({ kind, since: at, until: at });
  return events.some(({ evidence }) => evidence?.["record"] === id);
}

async function tell({ runs, history }: Pick<Store, "runs" | "history">, record: LeftRecord): Promise<void> {
  const units = new Map((await runs.live()).map(({ run: { id, unit } }) => [id, unit]));
  await history.appendMany(
    record.left.map(({ runId, launcherPid, killed }) => {
      const unit = units.get(runId);
      return {
        at: record.at,
        kind,
        severity: "warning" as const,
        actor: "system",
        host: hostname(),
        runId,
        accountId: unit?.kind === "bot" ? unit.accountId : undefined,
        message: `Its launcher (pid ${launcherPid}) was killed; what outlived it was killed at once: ${nameKilled(killed)}`,
        evidence: { launcherPid, killed, record: record.id },
      };
    }),
  );
}
