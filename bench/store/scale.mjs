// What each statement of a launcher costs on a PostgreSQL of its own, as Debian ships it: the median time of one connection, and the
// WAL. docs/scale.md multiplies these with how often they come. `node scripts/build.mjs && node bench/store/scale.mjs [accounts] [times]`
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { median } from "../harness/measure.mjs";
import { built, root } from "../harness/places.mjs";
import { fillRuns } from "./fill-runs.mjs";

const [accounts = 10_000, times = 300] = process.argv.slice(2).map(Number);
const unitsOfLauncher = 100;
const [{ openPostgresStore }, { migrate }] = [
  await built("lib/adapters/store/open-store.js"),
  await built("lib/adapters/store/migrate.js"),
];

await withServer(async (config) => {
  await migrate({ connection: config, folder: join(root, "migrations") });
  const client = new pg.Client(config);
  await client.connect();
  await fillRuns(client, { accounts, ended: 5 });
  await fillPool(client);
  const store = await openPostgresStore({ connection: () => Promise.resolve(config) });
  const { rows } = await client.query("select version() as version");
  console.log(
    `${rows[0].version.split(" on ")[0]}, ${accounts} accounts with 3 proxies each, launchers of 200 units`,
  );
  console.log("statement | ms | bytes of WAL | bytes with its pages for the first time since a checkpoint");
  for (const [name, work] of Object.entries(await statements(store, client))) await show(client, name, work);
  const size = "select pg_size_pretty(pg_database_size(current_database())) as size";
  console.log(`the database: ${(await client.query(size)).rows[0].size}`);
  await store.close();
  await client.end();
});

async function show(client, name, work) {
  await client.query("checkpoint");
  const before = await lsn(client);
  await work(0);
  const first = (await lsn(client)) - before;
  for (let turn = 1; turn <= 20; turn += 1) await work(turn);
  const [start, took] = [await lsn(client), []];
  for (let turn = 21; turn < 21 + times; turn += 1) {
    const at = performance.now();
    await work(turn);
    took.push(performance.now() - at);
  }
  const bytes = Math.round(Number((await lsn(client)) - start) / times);
  console.log(`${name} | ${median(took).toFixed(2)} | ${bytes} | ${first}`);
}

async function statements(store, client) {
  const accountOf = await idsOf(client, "account-", accounts);
  const id = (turn) => accountOf[turn % accounts];
  const launcher = (await client.query("select id from launch.launchers where host = 'host-0'")).rows[0].id;
  const runs = (await client.query("select run_id, unit_key from launch.leases order by token")).rows;
  const run = (turn) => runs[turn % runs.length].run_id;
  const keys = runs.slice(0, unitsOfLauncher).map(({ unit_key }) => unit_key);
  const proxyOf = (turn) => md5Uuid(`p${turn % accounts}`);
  const { createHash } = await import("node:crypto");
  function md5Uuid(text) {
    const hex = createHash("md5").update(text).digest("hex");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }
  const lease = (turn) => ({
    exitIps: [`51.80.${(turn >> 8) & 255}.${turn & 255}`],
    venues: ["binance"],
    accountId: id(turn),
    groupName: undefined,
    proxyId: proxyOf(turn),
    runId: run(turn),
    seen: new Map(),
    settledEra: undefined,
  });
  const taken = [];
  return {
    "renewal of a launcher": () => store.launchers.renew(launcher),
    "requests of its 100 units": () => store.requests.pending(keys, keys),
    "wishes of its 100 units": () => store.units.wishes(keys),
    "holders of 100 units (standby)": () => store.leases.holders(keys),
    "facts of an account": (turn) => store.accounts.facts(id(turn)),
    "what concerns the exits of 100 bots": (turn) =>
      Promise.all(
        keys.map((_, index) =>
          store.accounts.heldFacts(id(turn + index), md5Uuid(`asp${(turn + index) % accounts}`)),
        ),
      ),
    "reputations of an exit": (turn) =>
      store.reputations.list({ exitKeys: [`51.80.${(turn >> 8) & 255}.${turn & 255}`] }),
    "heartbeat of a run": (turn) => store.runs.update(run(turn), { heartbeatAt: Date.now() }),
    "exit check of a run": (turn) => store.runs.update(run(turn), { exitProvenAt: Date.now() }),
    "evidence, one row": (turn) => store.evidence.append([evidence(turn)]),
    "evidence, 100 rows at once": (turn) =>
      store.evidence.append(Array.from({ length: 100 }, (_, index) => evidence(turn * 100 + index))),
    "event of the history": (turn) =>
      store.history.append({
        at: Date.now(),
        kind: "exit.left",
        severity: "info",
        actor: "system",
        host: "host-0",
        runId: run(turn),
        accountId: id(turn),
        message: "fra-1 was left: it refused the connection",
      }),
    "switch: take an exit": async (turn) => {
      taken[turn] = (await store.leases.takeExit(lease(turn))).lease;
    },
    "switch: give an exit back": async (turn) => await store.leases.releaseExit(taken[turn]),
    "switch: use of an exit, opened and closed": async (turn) => {
      await store.runs.openExitUse({
        accountId: id(turn),
        proxyId: proxyOf(turn),
        exitIps: ["51.80.0.1"],
        venues: ["binance"],
        runId: run(turn),
        from: Date.now(),
      });
      await store.runs.closeExitUse(run(turn), Date.now());
    },
  };

  function evidence(turn) {
    return {
      at: Date.now(),
      accountId: id(turn),
      runId: run(turn),
      exitIp: "51.80.0.1",
      venue: "binance",
      provider: "vendor",
      hostKey: "host-0",
      channel: "inside",
      kind: "rate_limited",
      isFailure: true,
      weight: 0.9,
      times: 12,
      why: "Binance answered 12 requests with 429.",
      detail: { status: 429, headers: { "retry-after": "5" } },
    };
  }
}

async function idsOf(client, prefix, count) {
  const { rows } = await client.query("select id, name from launch.accounts");
  const known = new Map(rows.map(({ id, name }) => [name, id]));
  return Array.from({ length: count }, (_, number) => known.get(`${prefix}${number}`));
}

async function fillPool(client) {
  await client.query(`
    insert into launch.network_proxies (id, label, endpoint_url, auth_type)
      select md5(p || n)::uuid, p || '-' || n, 'http://gw.example:8001', 'none'
      from generate_series(0, ${accounts - 1}) n, unnest(array['p', 'q', 's']) p;
    insert into launch.account_proxy_assignments (id, account_id, proxy_id, priority)
      select md5('as' || p || n)::uuid, md5('a' || n)::uuid, md5(p || n)::uuid, case p when 'p' then 1 when 'q' then 2 else 3 end
      from generate_series(0, ${accounts - 1}) n, unnest(array['p', 'q', 's']) p;
    select launch.keep_evidence(30); select launch.keep_history(90)`);
  for (const table of [
    "accounts",
    "network_proxies",
    "account_proxy_assignments",
    "leases",
    "exit_leases",
    "runs",
  ])
    await client.query(`vacuum analyze launch.${table}`);
}

async function lsn(client) {
  const { rows } = await client.query("select (pg_current_wal_insert_lsn() - '0/0')::text as at");
  return BigInt(rows[0].at);
}

async function withServer(work) {
  const version = readdirSync("/usr/lib/postgresql").sort((a, b) => b - a)[0];
  const programs = join("/usr/lib/postgresql", version, "bin");
  const folder = mkdtempSync(join(tmpdir(), "launch-bench-"));
  const isRoot = process.getuid() === 0;
  if (isRoot) chownSync(folder, ...idsOfUser("postgres"));
  const as = (program, ...words) => {
    const command = [join(programs, program), ...words];
    const [file, ...rest] = isRoot ? ["runuser", "-u", "postgres", "--", ...command] : command;
    execFileSync(file, rest, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  };
  const data = join(folder, "data");
  try {
    as("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8");
    as(
      "pg_ctl",
      "-D",
      data,
      "-w",
      "-l",
      join(folder, "log"),
      "-o",
      `-c listen_addresses='' -k ${folder}`,
      "start",
    );
    await work({ host: folder, port: 5432, user: "postgres", database: "postgres" });
  } finally {
    if (existsSync(join(data, "postmaster.pid"))) as("pg_ctl", "-D", data, "-m", "immediate", "stop");
    rmSync(folder, { recursive: true, force: true });
  }
}

function idsOfUser(name) {
  const id = (flag) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return [id("-u"), id("-g")];
}
