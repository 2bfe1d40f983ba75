-- Row leases: a fencing token that grows at every change of holder and a beat that grows at every renewal.
-- No clock decides who holds one; acquired_at and renewed_at are for people.

create table leases (
  resource text primary key,
  holder uuid,
  launcher uuid,
  token bigint not null default 0,
  beat bigint not null default 0,
  ttl_ms integer not null,
  host text,
  machine_id text,
  boot_id text,
  pid_ns text,
  launcher_pid integer,
  launcher_start_ticks bigint,
  acquired_at timestamptz,
  renewed_at timestamptz,
  constraint leases_holder_check check ((holder is null) = (launcher is null))
);
create index leases_holder_idx on leases (holder);

-- Beats of exit leases come from one sequence, so that a row that was freed and taken again by the same run
-- never shows a beat that a watcher has seen before.
create sequence exit_lease_beats;

create table exit_leases (
  exit_key text not null,
  exit_ip inet not null,
  venue text not null,
  account_id uuid not null,
  group_name text,
  proxy_id uuid not null,
  holder uuid not null,
  launcher uuid not null,
  -- Grows from taking to taking: the first beat.
  token bigint not null,
  beat bigint not null,
  ttl_ms integer not null,
  host text not null,
  machine_id text not null,
  boot_id text not null,
  pid_ns text not null,
  launcher_pid integer not null,
  launcher_start_ticks bigint not null,
  acquired_at timestamptz not null default clock_timestamp(),
  renewed_at timestamptz not null default clock_timestamp(),
  primary key (exit_key, venue, account_id)
);
create index exit_leases_holder_idx on exit_leases (holder);
create index exit_leases_account_idx on exit_leases (account_id);
