import { closeSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../engine/run-command.ts";
import { serverNames } from "../server/server-names.ts";
import type { ClusterRequest } from "../server/server-options.ts";
import { isDataFree, underDataLock } from "./data-lock.ts";
import { logTail, openLog } from "./log-file.ts";
import { type PreparedCluster, prepareCluster } from "./prepare-cluster.ts";

export type StartOutcome =
  | { readonly kind: "started"; readonly cluster: PreparedCluster }
  /** With the log's last lines; `isHeld`: a server or its back ends hold the data, so that a later try may fare better. */
  | { readonly kind: "refused"; readonly isHeld: boolean; readonly log: string };

/**
 * Starts the server away from this process: pg_ctl gives it a session of its own and init as its parent, so neither a
 * closed terminal nor a kill of our process tree reaches it. PostgreSQL's own interlock lets one of several starters win.
 */
export async function startServer(request: ClusterRequest): Promise<StartOutcome> {
  const { options, layout, user } = request;
  const cluster = await prepareCluster(request);
  request.onProgress("starting the database");
  const [file, ...args] = underDataLock(layout, options.searchPath, [
    join(cluster.engine.binFolder, "pg_ctl"),
    "start",
    "-D",
    cluster.dataFolder,
    "--wait",
    "--timeout=60",
    "--silent",
    `--options=${serverArguments(cluster).map(shellQuote).join(" ")}`,
  ]);
  const log = openLog(layout.log);
  try {
    const { searchPath } = options;
    const as = { user: user.dropTo, searchPath };
    const { code } = await runCommand({ file, args, ...as, timeoutMs: 75_000, outputTo: log });
    if (code === 0) return { kind: "started", cluster };
    const isHeld = !(await isDataFree(layout, searchPath));
    return { kind: "refused", isHeld, log: logTail(layout.log) };
  } finally {
    closeSync(log);
  }
}

/** What the server is told on its command line; everything else stands in launch.conf. */
export function serverArguments(cluster: PreparedCluster): readonly string[] {
  // The setting is a list: a quoted name may hold commas.
  const folder = `"${cluster.socketFolder.replaceAll('"', '""')}"`;
  return ["-c", `unix_socket_directories=${folder}`, "-p", String(serverNames.port)];
}

// pg_ctl hands its -o text to sh.
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
