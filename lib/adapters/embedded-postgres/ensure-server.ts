import { spawn } from "node:child_process";
import { StoreError } from "../../errors.ts";
import { askServer } from "./ask-server.ts";
import { startServer } from "./cluster/start-server.ts";
import { findServer } from "./cluster/stop-server.ts";
import { serverEnvironment } from "./engine/run-command.ts";
import { pause } from "./server/pause.ts";
import {
  type DatabaseServerOptions,
  defaultIdleMs,
  defaultStartWithinMs,
  type OnProgress,
} from "./server/server-options.ts";
import type { ServerContext } from "./server-context.ts";
import { withStartLock } from "./start-lock.ts";

// Tries of a server whose data nobody holds: where there is no flock(1), another starter's win looks like this too.
const mostRefusals = 8;

/**
 * Comes back when the server answers, starting it when nobody listens. Many processes may call it at once. Throws
 * StoreError LAUNCH_STORE_UNREACHABLE with the log's last lines when it does not start in time, ConfigError when the
 * state folder or the engine cannot serve.
 */
export async function ensureServer(context: ServerContext, onProgress: OnProgress): Promise<void> {
  const { options } = context;
  const within = () => options.clock.monotonicMs() + (options.startWithinMs ?? defaultStartWithinMs);
  let deadline = within();
  let trouble = "it did not answer";
  let refusals = 0;
  do {
    const answer = await askServer(context.checkedAddress());
    if (answer.kind === "ready") {
      if (!answer.isKept) keep(context);
      return;
    }
    if (answer.kind === "busy") trouble = answer.why;
    if (answer.kind === "absent") {
      const refusal = await start(context, deadline, onProgress);
      if (refusal === undefined) {
        // Its data may have been made first, which takes a slow host longer than any start.
        deadline = within();
        continue;
      }
      trouble = refusal.why;
      if (!refusal.isHeld) refusals += 1;
    }
    await pause(options.clock, 25 + Math.random() * 50 * (1 + refusals));
  } while (refusals < mostRefusals && options.clock.monotonicMs() < deadline);
  throw new StoreError(
    "LAUNCH_STORE_UNREACHABLE",
    `The embedded database in ${context.layout.db} does not start: ${trouble}`,
    { hint: `Read ${context.layout.log}; another container or host must not use the same folder.` },
  );
}

/** Starts a keeper for the server that runs now. */
export function keep(context: ServerContext): void {
  const { options, layout } = context;
  const server = findServer(layout, options.evidence);
  if (server === undefined) return;
  const { socketFolder } = context.checkedAddress();
  startKeeper(options, { socketFolder, dataFolder: server.dataFolder, log: layout.log });
}

interface Refusal {
  readonly isHeld: boolean;
  readonly why: string;
}

async function start(
  context: ServerContext,
  deadline: number,
  onProgress: OnProgress,
): Promise<Refusal | undefined> {
  const { options, layout } = context;
  const isAnswering = async () => (await askServer(context.checkedAddress())).kind !== "absent";
  const outcome = await withStartLock(
    {
      path: await context.startLockPath(),
      processes: options.processes,
      clock: options.clock,
      patienceMs: Math.min(20_000, deadline - options.clock.monotonicMs()),
      isNeedless: isAnswering,
    },
    async () => {
      if (await isAnswering()) return "needless";
      return startServer({ options, layout, user: context.user(), onProgress });
    },
  );
  if (outcome === "needless") return undefined;
  if (outcome.kind === "refused") {
    const held = "its data is in use by another server, or by processes that a killed server left behind; ";
    return { isHeld: outcome.isHeld, why: `${outcome.isHeld ? held : ""}its log ends with\n${outcome.log}` };
  }
  const { socketFolder, dataFolder } = outcome.cluster;
  startKeeper(options, { socketFolder, dataFolder, log: layout.log });
  return undefined;
}

interface KeptServer {
  readonly socketFolder: string;
  readonly dataFolder: string;
  readonly log: string;
}

/**
 * Starts the keeper of a running server in a session of its own; sh ends at once and leaves it to init, so that whoever
 * kills the tree or the terminal of this process does not reach it. A second keeper finds the first and leaves.
 */
function startKeeper(options: DatabaseServerOptions, server: KeptServer): void {
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
