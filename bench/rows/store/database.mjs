import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { median, timed, times } from "../../harness/measure.mjs";
import { built, root } from "../../harness/places.mjs";
import { memoryOf, treeOf } from "../../harness/processes.mjs";

const floor = "system's PostgreSQL";
const embedded = "embedded PostgreSQL";

/** The embedded PostgreSQL against the system's, both run by the same code. */
export const database = {
  name: "database",
  title: "Embedded PostgreSQL: to the first answer, commits",
  rounds: 5,
  warmUps: 0,
  limits:
    "Cold: initdb and a first start in an empty folder. Warm: a start with the folder there. Running: only the connection. A commit is one " +
    "inserted row that is on disk. Both are started by our code, which is what a launcher without a database of yours does.",
  figures: Object.fromEntries(
    ["cold", "warm", "after SIGKILL", "running", "commit"]
      .map((kind) => [kind, { unit: "ms", floor }])
      .concat([["PSS", { unit: "MB", floor }]]),
  ),
  targets: [
    { figure: "cold", way: embedded, ratio: 1.5 },
    ...["warm", "running", "commit"].map((figure) => ({ figure, way: embedded, ratio: 1.1 })),
  ],
  async open({ size, peers, quiet }) {
    const adapters = await Promise.all(
      [
        "embedded-postgres/open-database-server",
        "process-table/process-table",
        "process-table/process-evidence",
        "clock/system-clock",
      ].map((name) => built(`lib/adapters/${name}.js`)),
    );
    const modules = Object.assign({}, ...adapters);
    const commits = size === "smoke" ? 5 : 300;
    return {
      [embedded]: () => measure(modules, { engine: "embedded", commits, quiet }),
      ...(hasServer(peers) ? { [floor]: () => measure(modules, { engine: "system", commits, quiet }) } : {}),
    };
  },
};

// Debian keeps the server's own programs off PATH.
function hasServer(peers) {
  const has = existsSync("/usr/lib/postgresql") && readdirSync("/usr/lib/postgresql").length > 0;
  if (!has) peers.skip(floor, "apt-get install postgresql");
  return has;
}

async function measure(modules, { engine, commits, quiet }) {
  const { openDatabaseServer, createProcessTable, createProcessEvidence, systemClock } = modules;
  const stateFolder = mkdtempSync("/tmp/launch-bench-");
  const server = openDatabaseServer({
    stateFolder,
    engine,
    resolveFrom: import.meta.url,
    searchPath: process.env.PATH,
    processes: createProcessTable(),
    evidence: createProcessEvidence(),
    clock: systemClock,
    keeperScript: join(root, "dist/lib/adapters/embedded-postgres/keeper.js"),
  });
  const answer = async () => {
    await quiet();
    return timed(async () => (await connected(await server.ensure())).end());
  };
  try {
    const figures = { cold: await answer() };
    const { pid } = await server.status();
    figures.PSS = memoryOf(treeOf(pid)).pss;
    await server.stop();
    figures.warm = await answer();
    await killHard((await server.status()).pid);
    figures["after SIGKILL"] = await answer();
    figures.running = await answer();
    figures.commit = await commitOf(await server.ensureForMigration(), commits);
    return figures;
  } finally {
    await server.stop();
    await waitForKeepers(stateFolder);
    rmSync(stateFolder, { recursive: true, force: true });
  }
}

async function connected({ socketFolder: host, ...address }) {
  const client = new pg.Client({ host, ...address });
  await client.connect();
  await client.query("select 1");
  return client;
}

async function commitOf(address, count) {
  const client = await connected(address);
  await client.query("create table if not exists launch_bench (n integer)");
  const all = await times(count, () => client.query("insert into launch_bench values (1)"));
  await client.end();
  return median(all);
}

async function killHard(pid) {
  process.kill(pid, "SIGKILL");
  while (spawnSync("pgrep", ["-P", String(pid)]).status === 0) await delay(5);
}

async function waitForKeepers(state) {
  const isHere = (pid) => {
    try {
      return readFileSync(join("/proc", pid, "cmdline"), "utf8").includes(state);
    } catch {
      return false;
    }
  };
  while (readdirSync("/proc").some((name) => /^\d+$/.test(name) && isHere(name))) await delay(20);
}
