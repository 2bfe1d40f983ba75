import { spawn } from "node:child_process";
import { serverEnvironment } from "./engine/run-command.ts";
import { type DatabaseServerOptions, defaultIdleMs } from "./server/server-options.ts";

export interface KeptServer {
  readonly socketFolder: string;
  readonly dataFolder: string;
  readonly log: string;
}

/**
 * Starts the keeper of a running server in a session of its own; sh ends at once and leaves it to init, so that whoever
 * kills the tree or the terminal of this process does not reach it. A second keeper finds the first and leaves.
 */
export function startKeeper(options: DatabaseServerOptions, server: KeptServer): void {
  const node = [process.execPath, "--max-old-space-size=24", options.keeperScript];
  const idleMs = String(options.idleMs ?? defaultIdleMs);
  const command = [...node, server.socketFolder, server.dataFolder, server.log, idleMs];
  const shell = spawn("/bin/sh", ["-c", '"$@" </dev/null >/dev/null 2>&1 &', "sh", ...command], {
    cwd: "/",
    detached: true,
    stdio: "ignore",
    env: serverEnvironment(options.searchPath),
  });
  // Without keeper the server runs on; the next client tries again.
  shell.on("error", () => {});
  shell.unref();
}
