-- Which launcher may run what, and leave through which exit. A lease has no counter of its own: all of a launcher's leases are
-- renewed by the one in its row, so a renewal costs the same however many they are. Instants are shown to people and used for
-- cleaning up; who holds a lease is never a matter of clocks.
-- So that nobody waits in a circle, locks are taken in one order: queue_takers(), then launchers by id, then leases by slot.
-- Whoever writes exit leases has locked the lease of their run. A renewal needs no lock but the one on its launcher's row.

create table launchers (
  -- A new one at each registration: a launcher that was taken for dead must not come back under the same.
  id uuid primary key,
  host text not null,
  machine_id text not null,
  boot_id text not null,
  pid_ns text not null,
  pid integer not null,
  start_ticks bigint not null,
  version text not null,
  protocol integer not null,
  operator_socket text,
  -- The keys that it holds: `keys rotate` waits for them.
  key_ids text[] not null default '{}',
  -- The working folder, and what its files chose for all that it runs: a start names another folder of the host that chose otherwise.
  folder text,
  choices jsonb,
  -- How long this launcher may count on a renewal, and so how long a taker must have seen none. It stays as registered.
  ttl_ms integer not null,
  renewals bigint not null default 1,
  started_at timestamptz not null default clock_timestamp(),
  renewed_at timestamptz not null default clock_timestamp(),
  -- Set at a clean end, after the leases were given back.
  ended_at timestamptz,
  constraint launchers_ttl_check check (ttl_ms between 10000 and 300000)
) with (fillfactor = 50);

-- One for all leases: a slot that is taken again gets a greater token, though nothing is left of its last row.
create sequence lease_tokens;

-- What is free has no row. A slot is a unit and an instance: the run's id under `instances: many`, empty otherwise.
create table leases (
  unit_key text not null,
  instance text not null default '',
  run_id uuid not null,
  launcher_id uuid not null references launchers,
  token bigint not null,
  is_revoked boolean not null default false,
  acquired_at timestamptz not null default clock_timestamp(),
  constraint leases_pkey primary key (unit_key, instance),
  constraint leases_run_key unique (run_id)
);
create index leases_launcher_idx on leases (launcher_id);

-- One row for each venue that an account uses through an exit. It hangs on the lease of the account's run, goes with that, and is
-- renewed with that.
create table exit_leases (
  exit_key text not null,
  exit_ip inet not null,
  venue text not null,
  account_id uuid not null,
  group_name text,
  proxy_id uuid not null,
  run_id uuid not null references leases (run_id) on delete cascade,
  token bigint not null,
  acquired_at timestamptz not null default clock_timestamp(),
  constraint exit_leases_pkey primary key (exit_key, venue, account_id)
);
create index exit_leases_run_idx on exit_leases (run_id);

-- Where the leases live: one row. A standby that takes over has a new timeline, and may lack what its primary wrote last: leases
-- that are held, though no row says so. Until the era is settled nothing is taken. A restored dump or an upgrade has another
-- server name and counts its timelines from 1: `base` is what the eras before it came to.
create table lease_world (
  is_only boolean default true,
  server text not null,
  base bigint not null default 0,
  timeline bigint not null,
  is_settled boolean not null default true,
  constraint lease_world_pkey primary key (is_only),
  constraint lease_world_is_only_check check (is_only)
);
-- As lease_server() and lease_timeline() read them, which are made after the tables.
insert into lease_world (server, timeline)
  select control.system_identifier::text, ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
  from pg_control_system() control;
