import { systemClock } from "../../adapters/clock/system-clock.ts";
import { readUpRecord, type UpRecord, upFile, writeUpEnd } from "../../adapters/host-files/up-file.ts";
import { createProcessTable } from "../../adapters/process-table/process-table.ts";
import { UsageError } from "../../errors.ts";

const processes = createProcessTable();

/** The launcher of many units that lives on this state folder, as it wrote itself down; undefined when there is none. */
export function findUp(stateFolder: string): UpRecord | undefined {
  const record = readUpRecord(upFile(stateFolder));
  return record !== undefined && processes.judge(record.process) === "alive" ? record : undefined;
}

/** The same where there must be one; throws UsageError LAUNCH_UNKNOWN_UNIT. */
export function requireUp(stateFolder: string): UpRecord {
  const found = findUp(stateFolder);
  if (found !== undefined) return found;
  throw new UsageError("LAUNCH_UNKNOWN_UNIT", `No \`launch up\` runs on the state folder ${stateFolder}.`, {
    hint: "Start it with `launch up`; `launch ps` shows what else runs.",
  });
}

/**
 * Asks it to end, in the name of a command, and waits until it has; gives back how long that took, or undefined when it still
 * lives after the time. `look` is called with how it wrote itself down, again and again meanwhile.
 */
export async function endUp(
  stateFolder: string,
  up: UpRecord,
  how: { readonly by: string; readonly withinMs: number; readonly look?: (up: UpRecord) => void },
): Promise<number | undefined> {
  const file = upFile(stateFolder);
  writeUpEnd(file, up.process, how.by);
  process.kill(up.process.pid, "SIGTERM");
  return await waitUntil(() => {
    const now = how.look && readUpRecord(file);
    if (now !== undefined) how.look?.(now);
    return processes.judge(up.process) !== "alive";
  }, how.withinMs);
}

/** Asks it to read launch.yaml again, and waits for what it changed; undefined when it does not answer in time. */
export async function reloadUp(
  stateFolder: string,
  { process: { pid }, reloads }: UpRecord,
  withinMs: number,
): Promise<UpRecord["reloads"] | undefined> {
  process.kill(pid, "SIGUSR2");
  const isNew = (): boolean => (findUp(stateFolder)?.reloads.count ?? 0) > reloads.count;
  return (await waitUntil(isNew, withinMs)) === undefined ? undefined : findUp(stateFolder)?.reloads;
}

async function waitUntil(isSo: () => boolean, withinMs: number): Promise<number | undefined> {
  const startedMs = systemClock.monotonicMs();
  while (!isSo()) {
    if (systemClock.monotonicMs() >= startedMs + withinMs) return undefined;
    await new Promise<void>((resolve) => systemClock.after(50, resolve));
  }
  return systemClock.monotonicMs() - startedMs;
}
