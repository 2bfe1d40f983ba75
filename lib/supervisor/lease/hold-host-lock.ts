import type { RunnerSettings } from "../../domain/run/run-settings.ts";
import { StoreError } from "../../errors.ts";
import type { HostLock, HostLockHolder, HostLockKey, HostLocks } from "../../ports/host/host-lock.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { Spawner } from "../../ports/spawner.ts";

interface Ports {
  readonly processes: Pick<ProcessTable, "self" | "judge" | "isStopped">;
  readonly hostLocks: HostLocks;
  readonly spawner: Pick<Spawner, "killSurvivors">;
}

/**
 * Keeps every other launcher of this user off the unit on this host, whatever database it uses: the lease knows only those
 * of its own. What a launcher left that died with the lock is killed first. Undefined for a collector with `instances:
 * many`; throws StoreError LAUNCH_LEASE_HELD naming pid, database and folder of the holder.
 */
export async function holdHostLock(ports: Ports, settings: RunnerSettings): Promise<HostLock | undefined> {
  const key = keyOf(settings);
  if (key === undefined) return undefined;
  const { runId, place } = settings;
  const { database, folder } = place;
  const mine: HostLockHolder = { runId, launcher: ports.processes.self(), database, folder };
  const taking = await ports.hostLocks.take(key, mine);
  if (taking.kind === "taken") throw alreadyRuns(ports, settings, taking.holder);
  if (taking.kind === "unreadable") throw mayRun(settings, taking.file);
  const { lock } = taking;
  try {
    for (const left of lock.left) await ports.spawner.killSurvivors(left);
  } catch (error) {
    lock.release(lock.left);
    throw error;
  }
  return lock;
}

function keyOf(settings: RunnerSettings): HostLockKey | undefined {
  if ("accountId" in settings) return { kind: "bot", accountId: settings.accountId };
  const { name, instances } = settings.unit;
  if (instances === "many") return undefined;
  return { kind: "collector", stateFolder: settings.place.stateFolder, name };
}

function alreadyRuns(
  { processes }: Ports,
  { unit, place }: RunnerSettings,
  { launcher, database, folder }: HostLockHolder,
): StoreError {
  const { host, pid } = launcher;
  // A stopped process would keep the signal of a plain `kill` pending.
  const isStopped = processes.judge(launcher) === "alive" && processes.isStopped(pid);
  const where =
    database === place.database ? "" : `, another database than this folder's (${place.database})`;
  const stop = isStopped
    ? suspendedHint(pid)
    : `Stop it with \`launch stop ${unit.name}\`, or see it with \`launch status ${unit.name}\`, in ${folder}.`;
  return new StoreError(
    "LAUNCH_LEASE_HELD",
    `The ${unit.kind} "${unit.name}" already runs on ${host} (launcher pid ${pid}${isStopped ? ", stopped" : ""}), started in ${folder} with the database ${database}${where}.`,
    { hint: stop },
  );
}

/** What to do about a launcher that was stopped by a signal. */
export function suspendedHint(pid: number): string {
  return `It is suspended (SIGSTOP, Ctrl-Z or a debugger): continue it with \`kill -CONT ${pid}\`, or end it with \`kill -KILL ${pid}\`.`;
}

function mayRun({ unit }: RunnerSettings, file: string): StoreError {
  return new StoreError(
    "LAUNCH_LEASE_HELD",
    `The ${unit.kind} "${unit.name}" may run already: ${file}, which says who holds its lock on this host, cannot be read, and a launcher of this user runs.`,
    {
      hint: `See what runs with \`launch ps\` in each folder. When it is not this ${unit.kind}, remove ${file}.`,
    },
  );
}
