// A database of the bench's own: an embedded server in a folder in /tmp, which goes with it.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { times } from "../harness/measure.mjs";
import { root } from "../harness/places.mjs";
import { end, run as runProgram } from "../harness/processes.mjs";

/** A migrated database that is empty: the configuration of the launcher's role, a client, and `launch` and `run` in its place. */
export async function openOwnDatabase() {
  const home = mkdtempSync(join(tmpdir(), "launch-bench-"));
  // Root's embedded database runs as another user, who must be able to pass through here.
  chmodSync(home, 0o755);
  const env = { PATH: process.env.PATH, HOME: home, LAUNCH_STATE_DIR: join(home, "state"), NO_COLOR: "1" };
  const run = ([file, ...words]) => runProgram(file, words, { cwd: home, env });
  const launch = (...words) => run([process.execPath, join(root, "bin/launch"), ...words]);
  let server;
  let client;
  const close = async () => {
    await client?.end();
    if (server !== undefined) await end(server, "SIGTERM", 60_000);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await launch("init");
    const words = [join(root, "bin/launch"), "db", "serve"];
    server = spawn(process.execPath, words, { cwd: home, env, stdio: "ignore" });
    // One that another command started would end when that is done.
    while (!existsSync(join(home, "state/db/run/.s.PGSQL.5432"))) await delay(100);
    await launch("db", "migrate");
    const config = configOf(new URL((await launch("db", "url")).trim()));
    client = new pg.Client(config);
    await client.connect();
    return { config, client, launch, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Does the work on such a database. */
export async function withOwnDatabase(work) {
  const own = await openOwnDatabase();
  try {
    await work(own);
  } finally {
    await own.close();
  }
}

/**
 * Waits until a filled database rests. The launcher's role owns no table and may not analyze one: autovacuum does, of big ones, and
 * then goes on with others beside the writing of a checkpoint. It is over when the shortest question is answered steadily.
 */
export async function rested(client, tables) {
  const text = `select count(*)::int as count from pg_stat_user_tables
    where relname = any ($1) and last_autoanalyze is null`;
  for (let waited = 0; waited < 120; waited += 1) {
    const { rows } = await client.query(text, [tables]);
    if (rows[0].count === 0 && (await isSteady(client))) return;
    await delay(1_000);
  }
}

async function isSteady(client) {
  const all = (await times(1_000, () => client.query("select 1"))).sort((a, b) => a - b);
  return all[990] < 4 * all[500];
}

/** How pg connects to the database of a `launch db url`. */
export function configOf(url) {
  const of = (name) => url.searchParams.get(name);
  return { host: of("host"), port: Number(of("port")), user: of("user"), database: url.pathname.slice(1) };
}
