// What ten thousand accounts with thirty ended runs each cost: `ps` against the least that prints the same rows, and one
// renewal of 200 leases and 200 exits against the update of one row, its WAL too. The ways take turns.
// `node scripts/build.mjs && node bench/store/scale.mjs [accounts] [ended runs of each] [rounds]`
import { inTurns, median, printAgainstFirst, timed } from "../measure.mjs";
import { rested, root, withOwnDatabase } from "./own-database.mjs";

const [accounts = 10_000, ended = 30, rounds = 7] = process.argv.slice(2).map(Number);
const { openPostgresStore } = await import(`${root}/dist/lib/adapters/store/open-store.js`);

// The least that `ps --json` does: connect, select the same rows, print them. With --all it is the last run of each unit.
const tenLines = `
import pg from "pg";
const live = "select * from launch.runs where ended_at is null order by name";
const last = "select distinct on (unit_key) * from launch.runs order by unit_key, started_at desc";
const [config, which] = process.argv.slice(1);
const client = new pg.Client(JSON.parse(config));
await client.connect();
const { rows } = await client.query(which === "--all" ? last : live);
process.stdout.write(JSON.stringify({ version: 1, runs: rows }, undefined, 2));
await client.end();`;

await withOwnDatabase(async ({ config, client, launch, run }) => {
  await fill(client);
  await benchRenewal(client, config);
  await benchLists({ config, client, launch, run });
});

async function benchLists({ client, ...own }) {
  printAgainstFirst(
    `ps --json of ${accounts} live runs with ${ended} ended ones each, ms`,
    await inTurns(ways(own, "ps", "--running", "--json"), rounds),
  );
  await client.query("update launch.runs set ended_at = now(), phase = 'ended' where ended_at is null");
  printAgainstFirst(
    "ps --all --json of the last ended runs, ms",
    await inTurns(ways(own, "ps", "--all", "--json"), rounds),
  );
}

function ways({ config, launch, run }, ...words) {
  return {
    "ten lines": () =>
      timed(() =>
        run(
          [process.execPath, "--input-type=module", "-e", tenLines, JSON.stringify(config), words[1]],
          root,
        ),
      ),
    [`launch ${words.join(" ")}`]: () => timed(() => launch(...words)),
  };
}

async function benchRenewal(client, config) {
  const store = await openPostgresStore({ connection: () => Promise.resolve(config) });
  const { rows } = await client.query("select id from launch.launchers limit 1");
  const [{ id }] = rows;
  const other = "update launch.units set why = why where unit_key = 'collector:row'";
  await client.query("insert into launch.units values ('collector:row', 'up', 'bench', 'x', now())");
  const wal = { "update of one row": [], "renewal of 200 + 200": [] };
  const times = await inTurns(
    {
      "update of one row": () => measured(client, wal, "update of one row", () => client.query(other)),
      "renewal of 200 + 200": () =>
        measured(client, wal, "renewal of 200 + 200", () => store.launchers.renew(id)),
    },
    20 * rounds,
  );
  printAgainstFirst("one renewal, ms", times);
  for (const [way, bytes] of Object.entries(wal))
    console.log(`  ${way.padEnd(26)} ${median(bytes)} B of WAL`);
  await store.close();
}

async function measured(client, wal, way, work) {
  const before = await lsn(client);
  const ms = await timed(work);
  wal[way].push(Number(BigInt(await lsn(client)) - BigInt(before)));
  return ms;
}

async function lsn(client) {
  const { rows } = await client.query("select pg_current_wal_insert_lsn() - '0/0' as at");
  return rows[0].at;
}

// As many launchers as it takes with 200 units each; every unit has its exit.
async function fill(client) {
  const launchers = Math.ceil(accounts / 200);
  await client.query(`
    insert into launch.launchers (id, host, machine_id, boot_id, pid_ns, pid, start_ticks, version, protocol, ttl_ms)
      select md5('l' || n)::uuid, 'host-' || n, 'm' || n, 'b', '1', n, 1, '0', 1, 15000 from generate_series(0, ${launchers - 1}) n;
    insert into launch.accounts (id, name, venues)
      select md5('a' || n)::uuid, 'account-' || n, '{any}' from generate_series(0, ${accounts - 1}) n;
    insert into launch.leases (unit_key, run_id, launcher_id, token)
      select 'bot:' || md5('a' || n)::uuid, md5('r' || n)::uuid, md5('l' || n / 200)::uuid, n from generate_series(0, ${accounts - 1}) n;
    insert into launch.exit_leases (exit_key, exit_ip, venue, account_id, proxy_id, run_id, token)
      select '10.' || n, '10.0.0.1', 'any', md5('a' || n)::uuid, md5('p' || n)::uuid, md5('r' || n)::uuid, n from generate_series(0, ${accounts - 1}) n;
    insert into launch.runs (run_id, unit_key, name, launcher_id, launcher_pid, launcher_version, host, started_at, phase, tier, proxy_id,
                             proxy_label, exit_ip, exit_reach, exit_proven_at, country, pid, pid_start_ticks, process_started_at, ended_at, ended_by, exit_code)
      select case when i = 0 then md5('r' || n) else md5('r' || n || '.' || i) end::uuid, 'bot:' || md5('a' || n)::uuid, 'account-' || n,
             md5('l' || n / 200)::uuid, n / 200, '0', 'host-' || n / 200, now() - i * interval '1 hour',
             case when i = 0 then 'running' else 'ended' end, 'kernel', md5('p' || n)::uuid, 'proxy-' || n, '203.0.113.7', 'public',
             now(), 'DE', n, 1, now(), case when i > 0 then now() - i * interval '1 hour' end, case when i > 0 then 'bot' end, case when i > 0 then 0 end
      from generate_series(0, ${accounts - 1}) n, generate_series(0, ${ended}) i`);
  await rested(client, ["runs", "leases", "exit_leases"]);
}
