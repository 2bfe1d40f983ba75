// A database as many accounts leave it, filled past the program.
import { rested } from "./own-database.mjs";

/** So many accounts with a live run and some ended ones each, with as many launchers as it takes with 200 units each; every unit has its exit. */
export async function fillRuns(client, { accounts, ended }) {
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
  // Autovacuum leaves small tables alone.
  if (accounts * ended > 10_000) await rested(client, ["runs", "leases", "exit_leases"]);
}
