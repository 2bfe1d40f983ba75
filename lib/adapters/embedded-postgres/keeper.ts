/**
 * The keeper: a small process of its own that stops the server once nobody has used it for a while.
 * Arguments: socket folder, data folder, log file, idle time in ms.
 *
 * One keeper a server: it holds an advisory lock, and a second one that finds it taken leaves. It looks every quarter of
 * the idle time: a client that is connected, or that came and went since the last look, makes the time begin anew. Before
 * it stops the server it takes the session lock exclusively; a client that connects from then on waits in
 * pg_advisory_lock_shared, is told that the server stops, and has it started again. It ends with its server.
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { clientOptions } from "./ask-server.ts";
import { rotateLog } from "./cluster/log-file.ts";
import { readPidFile } from "./cluster/pid-file.ts";
import { keeperLock, serverNames, sessionLock } from "./server/server-names.ts";

const [socketFolder = "", dataFolder = "", logFile = "", idleText = ""] = process.argv.slice(2);
const idleMs = Number(idleText);
const lookEveryMs = Math.max(50, Math.min(15_000, idleMs / 4));

// The terminal it was once started from is none of its business.
process.on("SIGHUP", () => {});
process.on("SIGINT", () => {});
// Node would answer it with a debugger on a loopback port, which every user of this host may connect to.
process.on("SIGUSR1", () => {});

const address = {
  socketFolder,
  port: serverNames.port,
  user: serverNames.keeper,
  database: serverNames.database,
};
const client = new pg.Client(clientOptions(address, "launch-keeper"));
const ended = new AbortController();
client.on("error", () => ended.abort());
client.on("end", () => ended.abort());

try {
  await client.connect();
  if (await takes(keeperLock)) await keep();
} catch {
  // The server went away, or the wait was aborted by its end: nothing is left to keep.
} finally {
  await client.end().catch(() => {});
}

async function keep(): Promise<void> {
  let lastUse = await readUse();
  let idleSinceMs = performance.now();
  while (!ended.signal.aborted) {
    await delay(lookEveryMs, undefined, { signal: ended.signal });
    rotateLog(logFile);
    const use = await readUse();
    if (use.clients > 0 || use.sessions !== lastUse.sessions) idleSinceMs = performance.now();
    lastUse = use;
    if (performance.now() - idleSinceMs < idleMs) continue;
    if (await takes(sessionLock)) {
      if ((await readUse()).clients === 0) return stopAndWait();
      await client.query("SELECT pg_advisory_unlock($1)", [sessionLock]);
    }
    idleSinceMs = performance.now();
  }
}

async function takes(key: number): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1) AS taken", [key]);
  return rows[0]?.taken === true;
}

interface Use {
  /** Connected now, the keeper left out. */
  readonly clients: number;
  /** All sessions that there ever were: grows also for one that came and went between two looks. */
  readonly sessions: number;
}

async function readUse(): Promise<Use> {
  const { rows } = await client.query<Use>(`
    SELECT
      (SELECT count(*)::int FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS clients,
      (SELECT sum(sessions)::float8 FROM pg_stat_database) AS sessions`);
  return rows[0] ?? { clients: 1, sessions: 0 };
}

// Our own connection proves that the pid file is the living server's.
async function stopAndWait(): Promise<void> {
  const pid = readPidFile(join(dataFolder, "postmaster.pid"))?.pid;
  if (pid === undefined) return;
  process.kill(pid, "SIGINT");
  await delay(60_000, undefined, { signal: ended.signal });
}
