// A database as big desks leave it, filled past the program.
import { rested } from "./own-database.mjs";

/** Accounts with some proxies each. Every twentieth account runs; a tenth of the exits have something against them somewhere. */
export async function fillAccounts(client, { accounts, each }) {
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
             'rate_limited', n % 100 = 0, 0.9, 'Binance answered 429.', now() - n * interval '0.5 seconds' from generate_series(1, ${5 * accounts}) n`);
  // Autovacuum leaves small tables alone.
  if (accounts > 1_000)
    await rested(client, [
      "accounts",
      "network_proxies",
      "account_proxy_assignments",
      "proxy_health",
      "reputations",
      "exit_uses",
    ]);
}
