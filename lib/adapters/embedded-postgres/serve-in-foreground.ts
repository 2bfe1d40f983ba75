import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { LaunchError, StoreError } from "../../errors.ts";
import { askServer, clientOptions, isKeeperLock } from "./ask-server.ts";
import { underDataLock } from "./cluster/data-lock.ts";
import { logTail, openLog, rotateLog } from "./cluster/log-file.ts";
import { prepareCluster } from "./cluster/prepare-cluster.ts";
import { serverArguments } from "./cluster/start-server.ts";
import { findServer, stopServer } from "./cluster/stop-server.ts";
import { serverEnvironment } from "./engine/run-command.ts";
import { pause } from "./server/pause.ts";
import { keeperLock, serveApplication, serverNames } from "./server/server-names.ts";
import { defaultStartWithinMs } from "./server/server-options.ts";
import type { ServerContext } from "./server-context.ts";
import { withStartLock } from "./start-lock.ts";

/**
 * Runs the server as a child of this process until the signal aborts, for a service manager that wants it in a unit of
 * its own. A server that was started on demand is stopped first (clients call for it again and get this one); it holds the
 * keeper's lock, so there is no idle stop. Throws LAUNCH_IN_USE when another process serves already, StoreError when the
 * server ends by itself.
 */
export async function serveInForeground(
  context: ServerContext,
  signal: AbortSignal,
  onReady: () => void,
): Promise<void> {
  const { options, layout } = context;
  if (signal.aborted) return;
  const child = await takeOver(context);
  const ended = endOf(child);
  try {
    const watch = await holdKeeperLock(context);
    onReady();
    const aborted = abortOf(signal);
    const rotation = setInterval(() => rotateLog(layout.log), 60_000);
    const first = await Promise.race([aborted.promise, ended.then(() => "ended" as const)]);
    clearInterval(rotation);
    aborted.forget();
    await watch.end().catch(() => {});
    if (first === "ended") throw serverEnded(context);
  } finally {
    await stopServer(layout, options.evidence, options.clock);
    await ended;
  }
}

async function takeOver(context: ServerContext): Promise<ChildProcess> {
  const { options, layout } = context;
  const child = await withStartLock(
    {
      path: await context.startLockPath(),
      processes: options.processes,
      clock: options.clock,
      patienceMs: 20_000,
      isNeedless: () => Promise.resolve(false),
    },
    async () => {
      if (findServer(layout, options.evidence) !== undefined) await stopOnDemandServer(context);
      const started = await spawnServer(context);
      await untilReady(context, started);
      return started;
    },
  );
  if (child === "needless") throw serverEnded(context);
  return child;
}

async function stopOnDemandServer(context: ServerContext): Promise<void> {
  const { options, layout } = context;
  const client = new pg.Client(
    clientOptions({ ...context.address(), user: serverNames.keeper }, "launch-probe"),
  );
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query("SELECT FROM pg_stat_activity WHERE application_name = $1", [
      serveApplication,
    ]);
    if (rows.length > 0) {
      throw new LaunchError("LAUNCH_IN_USE", `Another process already runs the database in ${layout.db}.`, {
        hint: "Stop that process first; only one `launch db serve` can run for a state folder.",
      });
    }
  } catch (error) {
    // One that cannot answer is stopped like any other.
    if (error instanceof LaunchError) throw error;
  } finally {
    await client.end().catch(() => {});
  }
  await stopServer(layout, options.evidence, options.clock);
}

async function spawnServer(context: ServerContext): Promise<ChildProcess> {
  const { options, layout } = context;
  const request = { options, layout, user: context.user(), onProgress: () => {} };
  const cluster = await prepareCluster(request);
  const [file, ...args] = underDataLock(layout, options.searchPath, [
    join(cluster.engine.binFolder, "postgres"),
    "-D",
    cluster.dataFolder,
    ...serverArguments(cluster),
  ]);
  const log = openLog(layout.log);
  try {
    // A process group of its own: Ctrl-C asks us, and we end the server in order.
    return spawn(file, args, {
      ...request.user.dropTo,
      cwd: "/",
      detached: true,
      env: serverEnvironment(options.searchPath),
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(context: ServerContext, child: ChildProcess): Promise<void> {
  const { options } = context;
  const deadline = options.clock.monotonicMs() + (options.startWithinMs ?? defaultStartWithinMs);
  while ((await askServer(context.checkedAddress())).kind !== "ready") {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (isOver || options.clock.monotonicMs() > deadline) throw serverEnded(context);
    await pause(options.clock, 25);
  }
}

// The lock tells every client that this server is looked after, so that none starts a keeper that would stop it.
async function holdKeeperLock(context: ServerContext): Promise<pg.Client> {
  const address = { ...context.address(), user: serverNames.keeper };
  const client = new pg.Client(clientOptions(address, serveApplication));
  client.on("error", () => {});
  await client.connect();
  for (;;) {
    const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS taken", [keeperLock]);
    if (rows[0]?.taken === true) return client;
    // A keeper that was started for the server before, and came late, would stop this one.
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE ${isKeeperLock} AND pid <> pg_backend_pid()`,
    );
    await pause(context.options.clock, 10);
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await once(child, "exit");
}

function abortOf(signal: AbortSignal): { readonly promise: Promise<"aborted">; forget(): void } {
  let onAbort = () => {};
  const promise = new Promise<"aborted">((resolve) => {
    onAbort = () => resolve("aborted");
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  return { promise, forget: () => signal.removeEventListener("abort", onAbort) };
}

function serverEnded(context: ServerContext): StoreError {
  return new StoreError(
    "LAUNCH_STORE_UNREACHABLE",
    `The database server in ${context.layout.db} ended; its log ends with\n${logTail(context.layout.log)}`,
    { hint: `Look at ${context.layout.log}.` },
  );
}
