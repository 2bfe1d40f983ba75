-- Who holds what. A launcher's row has the one counter that renews all its leases; leases do not move while they are held.
-- No clock decides who holds one: the instants here are for people and for tidying up.
-- Everybody locks in this order: the advisory lock of what is taken, rows of launchers by id, rows of leases by key. Exit rows
-- are written only under the lock of their run's lease. A renewal locks its launcher's row alone.

create table launchers (
  -- One for each registration, never used again.
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
  -- The holder's promise: whoever takes from it waits for this long. It never changes in a row.
  ttl_ms integer not null,
  renewals bigint not null default 1,
  started_at timestamptz not null default clock_timestamp(),
  renewed_at timestamptz not null default clock_timestamp(),
  -- A clean end; what it held then was given back before, or lapses.
  ended_at timestamptz,
  constraint launchers_ttl_check check (ttl_ms between 10000 and 300000)
) with (fillfactor = 50);

-- Tokens grow over all leases, so that a row that went needs no remembrance.
create sequence lease_tokens;

-- A row exists while the lease is held. `instance` is the run under `instances: many`, and empty otherwise.
create table leases (
  unit_key text not null,
  instance text not null default '',
  run_id uuid not null,
  launcher_id uuid not null references launchers,
  token bigint not null,
  is_revoked boolean not null default false,
  acquired_at timestamptz not null default clock_timestamp(),
  primary key (unit_key, instance),
  constraint leases_run_key unique (run_id)
);
create index leases_launcher_idx on leases (launcher_id);

-- An exit is held by a run that holds its account, and falls with it.
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
  primary key (exit_key, venue, account_id)
);
create index exit_leases_run_idx on exit_leases (run_id);

-- Which history of which server the leases belong to. A fail-over begins a new timeline and may have forgotten the last takings:
-- nothing is taken in it until a taker has watched it for a whole TTL. An upgrade or a restored dump begins at timeline 1 again,
-- on a server of another name: then `base` goes on from the last era.
create table lease_world (
  is_only boolean primary key default true check (is_only),
  server text not null,
  base bigint not null default 0,
  timeline bigint not null,
  is_settled boolean not null default true
);
insert into lease_world (server, timeline)
  select system_identifier::text, ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint
  from pg_control_system();
