import { closeSync, openSync } from "node:fs";
import { findProgram, foldersOn } from "../../host-files/executable.ts";
import { runCommand } from "../engine/run-command.ts";
import type { StateLayout } from "../server/state-layout.ts";

type Command = readonly [string, ...string[]];

/**
 * Puts flock(1) before a command where there is one. The locked descriptor is inherited by the server and its back ends
 * and freed by the kernel when the last of them dies. It is what keeps out a server in another container with the same
 * folder, where neither pids nor shared memory are seen and PostgreSQL's interlock would let both start.
 */
export function underDataLock(
  layout: StateLayout,
  searchPath: string | undefined,
  command: Command,
): Command {
  const flock = findFlock(searchPath);
  if (flock === undefined) return command;
  closeSync(openSync(layout.dataLock, "a", 0o644));
  return [flock, "-n", layout.dataLock, ...command];
}

/** Whether no process of any container holds the data; true also where there is no flock(1) to tell. */
export async function isDataFree(layout: StateLayout, searchPath: string | undefined): Promise<boolean> {
  const [file, ...args] = underDataLock(layout, searchPath, ["true"]);
  const { code } = await runCommand({ file, args, searchPath, timeoutMs: 5000 });
  return code === 0;
}

function findFlock(searchPath: string | undefined): string | undefined {
  if (process.platform !== "linux") return undefined;
  return findProgram("flock", [...foldersOn(searchPath), "/usr/bin", "/bin"]);
}
