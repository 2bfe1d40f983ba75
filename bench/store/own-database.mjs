// A database of the bench's own: an embedded server in a folder in /tmp, which goes with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { times } from "../measure.mjs";

/** The project's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Does the work on a migrated database that is empty: it gets the configuration of the launcher's role, a client, and `launch`. */
export async function withOwnDatabase(work) {
  const home = mkdtempSync(join(tmpdir(), "launch-bench-"));
  // Root's embedded database runs as another user, who must be able to pass through here.
  chmodSync(home, 0o755);
  const env = { PATH: process.env.PATH, HOME: home, LAUNCH_STATE_DIR: join(home, "state"), NO_COLOR: "1" };
  const run = (words, cwd = home) => output(words, { cwd, env });
  const launch = (...words) => run([join(root, "bin/launch"), ...words]);
  let server;
  let client;
  try {
    await launch("init");
    server = spawn(join(root, "bin/launch"), ["db", "serve"], { cwd: home, env, stdio: "ignore" });
    // One that another command started would end when that is done.
    while (!existsSync(join(home, "state/db/run/.s.PGSQL.5432"))) await delay(100);
    await launch("db", "migrate");
    const config = configOf(new URL((await launch("db", "url")).trim()));
    client = new pg.Client(config);
    await client.connect();
    await work({ config, client, launch, run });
  } finally {
    await client?.end();
    server?.kill("SIGTERM");
    if (server !== undefined) await once(server, "close");
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * Waits until a filled database rests. The launcher's role owns no table and may not analyze one: autovacuum does, of big ones, and
 * then goes on with others beside the writing of a checkpoint. It is over when the shortest question is answered steadily.
 */
export async function rested(client, tables) {
  const text = `select count(*)::int as count from pg_stat_user_tables
    where relname = any ($1) and last_autoanalyze is null`;
  for (let waited = 0; waited < 240; waited += 1) {
    const { rows } = await client.query(text, [tables]);
    if (rows[0].count === 0 && (await isSteady(client))) return;
    await delay(1_000);
  }
}

async function isSteady(client) {
  const all = (await times(1_000, () => client.query("select 1"))).sort((a, b) => a - b);
  return all[990] < 4 * all[500];
}

function configOf(url) {
  const of = (name) => url.searchParams.get(name);
  return { host: of("host"), port: Number(of("port")), user: of("user"), database: url.pathname.slice(1) };
}

async function output([program, ...words], { cwd, env }) {
  const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}`);
  return Buffer.concat(chunks).toString();
}
