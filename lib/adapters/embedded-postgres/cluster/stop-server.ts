import { join } from "node:path";
import { StoreError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { ProcessEvidence } from "../../../ports/process-table.ts";
import { pause } from "../server/pause.ts";
import { dataFolderOf, majorsWithData, type StateLayout } from "../server/state-layout.ts";
import { pidFileVerdict, readPidFile } from "./pid-file.ts";

export interface RunningServer {
  readonly pid: number;
  readonly dataFolder: string;
}

// Fast: sessions are ended and everything is written. Immediate: like a crash, repaired by the next start.
const stopSteps = [
  { signal: "SIGINT", withinMs: 30_000 },
  { signal: "SIGQUIT", withinMs: 10_000 },
] as const;

/** The server of this layout whose process is seen here; needs no engine and asks no server. */
export function findServer(layout: StateLayout, evidence: ProcessEvidence): RunningServer | undefined {
  for (const major of majorsWithData(layout)) {
    const dataFolder = dataFolderOf(layout, major);
    const path = join(dataFolder, "postmaster.pid");
    const file = readPidFile(path);
    if (file !== undefined && pidFileVerdict(path, dataFolder, evidence) === "live") {
      return { pid: file.pid, dataFolder };
    }
  }
  return undefined;
}

/** Stops the server and waits until it is gone; throws StoreError when it stays. */
export async function stopServer(
  layout: StateLayout,
  evidence: ProcessEvidence,
  clock: Clock,
): Promise<"stopped" | "was not running"> {
  const server = findServer(layout, evidence);
  if (server === undefined) return "was not running";
  const isGone = () => findServer(layout, evidence)?.pid !== server.pid;
  for (const { signal, withinMs } of stopSteps) {
    send(server.pid, signal);
    if (await becomesTrue(isGone, withinMs, clock)) return "stopped";
  }
  throw new StoreError(
    "LAUNCH_STORE_UNREACHABLE",
    `The database server (pid ${server.pid}) does not stop; its folder is ${server.dataFolder}.`,
    { hint: `Look at ${layout.log}.` },
  );
}

function send(pid: number, signal: "SIGINT" | "SIGQUIT"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function becomesTrue(isSo: () => boolean, withinMs: number, clock: Clock): Promise<boolean> {
  const deadline = clock.monotonicMs() + withinMs;
  while (!isSo()) {
    if (clock.monotonicMs() >= deadline) return false;
    await pause(clock, 20);
  }
  return true;
}
