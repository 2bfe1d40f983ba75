// What a selection costs over a hundred thousand accounts with ten proxies each: the account's facts in one round trip, and the
// choice among them, against the shortest question that there is. Then one claim of a switch. Percentiles in milliseconds.
// `node scripts/build.mjs && node bench/store/selection.mjs [accounts] [proxies of each] [rounds]`
import { randomUUID } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { rotate, timed } from "../harness/measure.mjs";
import { root } from "../harness/places.mjs";
import { rested, withOwnDatabase } from "./own-database.mjs";

const [accounts = 100_000, each = 10, rounds = 2_000] = process.argv.slice(2).map(Number);
const { openPostgresStore } = await import(`${root}/dist/lib/adapters/store/open-store.js`);
const { select } = await import(`${root}/dist/lib/policy/select.js`);

// Code is compiled for as long as it warms up, beside the server on few cores: the first thousand questions measure the compiler.
const warmUp = 2_000;

// As a launcher does (lib/cli/own-memory.ts): a collection of V8's default young space takes longer than the question.
setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--heap-growing-percent=30");
await withOwnDatabase(async ({ config, client }) => {
  await fill(client);
  const store = await openPostgresStore({ connection: () => Promise.resolve(config) });
  const { rows } = await client.query("select id from launch.accounts tablesample bernoulli (5) limit 5000");
  const any = () => rows[Math.floor(Math.random() * rows.length)].id;
  const context = {
    nowMs: Date.now(),
    excluded: new Map(),
    openable: () => true,
    hostKey: "bench",
    order: "continuity",
  };
  const shortest = () => client.query("select 1");
  const reads = {
    "select 1": shortest,
    "facts of an account": () => store.accounts.facts(any()),
    "facts and choice": async () => select(await store.accounts.facts(any()), context),
  };
  // Apart from the claims: what they write keeps the disk busy after they are done.
  console.log(`${accounts} accounts with ${each} proxies each, ms      p50     p99     most`);
  await measure(reads);
  await measure({
    "select 1, between claims": shortest,
    "claim of a switch": () => claim(store, any()),
    // In so long a window lie twenty failures: who runs at the venue is counted.
    "claim with failures in the window": () => claim(store, any(), 1_000_000),
  });
  await store.close();
});

// In turns, so that what a busy machine adds is added to each way, and `select 1` tells how much that is.
async function measure(ways) {
  const all = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = -warmUp; round < rounds; round += 1)
    for (const [way, work] of rotate(Object.entries(ways), round + warmUp)) {
      const ms = await timed(work);
      if (round >= 0) all[way].push(ms);
    }
  for (const [way, unsorted] of Object.entries(all)) {
    const sorted = unsorted.sort((a, b) => a - b);
    const at = (share) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2).padStart(8);
    console.log(`  ${way.padEnd(40)}${at(0.5)}${at(0.99)}${at(1)}`);
  }
}

function claim(store, accountId, guardWindowMs = 15_000) {
  const request = {
    accountId,
    runId: randomUUID(),
    venues: ["binance"],
    provider: "vendor-1",
    hostKey: "bench",
  };
  const windows = { dayMs: 86_400_000, fleetWindowMs: 60_000, guardWindowMs };
  const refused = { kind: "refused", because: "account_budget", untilAt: 0, why: "bench", incidents: [] };
  const asked = { id: randomUUID(), request: { ...request, kind: "planned", cause: "burned" }, windows };
  return store.switches.claim(asked, () => refused);
}

// Every twentieth account runs; a tenth of the exits have something against them somewhere.
async function fill(client) {
  const proxies = accounts * 2;
  const live = Math.ceil(accounts / 20);
  await client.query(`
    insert into launch.accounts (id, name, venues)
      select md5('a' || n)::uuid, 'account-' || n, case when n % 3 = 0 then '{any}' else '{binance,okx}' end::text[]
      from generate_series(1, ${accounts}) n;
    insert into launch.network_proxies (id, label, endpoint_url, provider, state, last_exit_ip, last_exit_key, last_exit_at)
      select md5('p' || n)::uuid, 'proxy-' || n, 'http://gw.example:' || 1 + n % 60000, 'vendor-' || n % 20, 'ok',
             '10.0.0.0'::inet + n, host('10.0.0.0'::inet + n), now() from generate_series(1, ${proxies}) n;
    insert into launch.account_proxy_assignments (id, account_id, proxy_id, priority)
      select md5('s' || n || '.' || i)::uuid, md5('a' || n)::uuid, md5('p' || 1 + (n * 2 + i * 7919) % ${proxies})::uuid, i
      from generate_series(1, ${accounts}) n, generate_series(1, ${each}) i on conflict do nothing;
    insert into launch.proxy_health (proxy_id, host_key, state, since, last_ok_at)
      select md5('p' || n)::uuid, 'host-' || h, 'up', now(), now() from generate_series(1, ${proxies}) n, generate_series(1, 2) h;
    insert into launch.reputations (exit_key, venue, exit_ip, state, until_at, failures, since)
      select host('10.0.0.0'::inet + n), v, '10.0.0.0'::inet + n, 'burned', now() + interval '1 hour', 1, now()
      from generate_series(1, ${proxies}, 10) n, unnest('{binance,okx,bybit}'::text[]) v;
    insert into launch.acceptances (account_id, venue, exit_key, exit_ip, state, by, why, at)
      select md5('a' || n)::uuid, 'binance', host('10.0.0.0'::inet + 1 + (n * 2 + 7919) % ${proxies}), '10.0.0.1', 'accepted', 'answer', 'ok', now()
      from generate_series(1, ${accounts}) n;
    insert into launch.registrations (account_id, exit_ip, exit_key, from_at, by)
      select md5('a' || n)::uuid, '203.0.113.0'::inet + i, '203.0.113.' || i, now(), 'user:x'
      from generate_series(1, ${accounts}, 10) n, generate_series(1, 2) i;
    insert into launch.exit_uses (account_id, proxy_id, exit_ip, exit_key, venue, run_id, from_at, until_at)
      select md5('a' || n)::uuid, md5('p' || n)::uuid, '10.0.0.0'::inet + n, host('10.0.0.0'::inet + n + i), 'binance', md5('r' || n)::uuid, now(), now()
      from generate_series(1, ${accounts}) n, generate_series(1, 5) i;
    insert into launch.launchers (id, host, machine_id, boot_id, pid_ns, pid, start_ticks, version, protocol, ttl_ms, renewed_at)
      select md5('l' || n)::uuid, 'host-' || n, 'm' || n, 'b', '1', n, 1, '0', 1, 15000, now() + interval '1 hour' from generate_series(0, ${live / 100}) n;
    insert into launch.leases (unit_key, run_id, launcher_id, token)
      select 'bot:' || md5('a' || n)::uuid, md5('r' || n)::uuid, md5('l' || n / 100)::uuid, n from generate_series(1, ${live}) n;
    insert into launch.exit_leases (exit_key, exit_ip, venue, account_id, proxy_id, run_id, token)
      select host('10.0.0.0'::inet + n), '10.0.0.0'::inet + n, 'binance', md5('a' || n)::uuid, md5('p' || n)::uuid, md5('r' || n)::uuid, n
      from generate_series(1, ${live}) n;
    insert into launch.evidence (at, account_id, exit_key, venue, provider, host_key, channel, kind, is_failure, weight, why, stored_at)
      select now(), md5('a' || n % ${live})::uuid, host('10.0.0.0'::inet + n % ${live}), 'binance', 'vendor-' || n % 20, 'h', 'inside',
             'rate_limited', n % 100 = 0, 0.9, 'Binance answered 429.', now() - n * interval '0.5 seconds' from generate_series(1, 500000) n`);
  await rested(client, [
    "accounts",
    "network_proxies",
    "account_proxy_assignments",
    "proxy_health",
    "reputations",
    "exit_uses",
  ]);
}
