-- Who runs where, who had which exit when, and what became of every probe. History outlives accounts and proxies,
-- so it keeps ids and names without foreign keys. keep_history() bounds it: events lie in partitions by month, which it drops.

create table runs (
  run_id uuid primary key,
  unit_key text not null,
  -- The account's or the collector's, as it was.
  name text not null,
  -- Its row has more of it while it lives.
  launcher_id uuid not null,
  launcher_pid integer not null,
  launcher_version text not null,
  host text not null,
  started_at timestamptz not null,
  phase text not null,
  reason text,
  tier text,
  proxy_id uuid,
  proxy_label text,
  assignment_id uuid,
  exit_ip inet,
  exit_reach text,
  exit_proven_at timestamptz,
  country text,
  pid integer,
  pid_start_ticks bigint,
  process_started_at timestamptz,
  restarts integer not null default 0,
  last_restart_reason text,
  heartbeat_at timestamptz,
  bypass text[] not null default '{}',
  ended_at timestamptz,
  ended_by text,
  exit_code integer,
  constraint runs_phase_check check (
    phase in ('starting', 'proving', 'running', 'switching', 'backing_off', 'holding', 'stopping', 'ended')
  ),
  constraint runs_ended_by_check check (ended_by in ('bot', 'launcher'))
);
create index runs_unit_idx on runs (unit_key, started_at desc);
create index runs_ended_idx on runs (ended_at);
create index runs_live_idx on runs (unit_key) where ended_at is null;

create table exit_uses (
  id bigint generated always as identity primary key,
  account_id uuid not null,
  proxy_id uuid not null,
  exit_ip inet not null,
  exit_key text not null,
  venue text not null,
  run_id uuid not null,
  from_at timestamptz not null,
  until_at timestamptz
);
create index exit_uses_account_idx on exit_uses (account_id, exit_key);
create index exit_uses_exit_idx on exit_uses (exit_key, from_at desc);
create index exit_uses_until_idx on exit_uses (until_at);
create index exit_uses_open_idx on exit_uses (run_id) where until_at is null;

create table proxy_checks (
  id bigint generated always as identity primary key,
  proxy_id uuid not null references network_proxies (id) on delete cascade,
  run_id uuid,
  kind text not null,
  is_ok boolean not null,
  reason text,
  latency_ms integer,
  exit_ip inet,
  country text,
  at timestamptz not null,
  constraint proxy_checks_kind_check check (kind in ('proof', 'check'))
);
create index proxy_checks_proxy_idx on proxy_checks (proxy_id, at desc);

create sequence events_id_seq;
create table events (
  id bigint not null default nextval('events_id_seq'),
  at timestamptz not null,
  kind text not null,
  severity text not null,
  actor text not null,
  host text not null,
  account_id uuid,
  account text,
  proxy_id uuid,
  run_id uuid,
  message text not null,
  evidence jsonb,
  primary key (id, at),
  constraint events_severity_check check (severity in ('info', 'warning', 'error'))
) partition by range (at);
alter sequence events_id_seq owned by events.id;
create index events_account_idx on events (account, id desc);
create index events_at_idx on events (at);
-- What belongs to no month that keep_history() has made.
create table events_rest partition of events default;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'events are append-only: % refused', tg_op using errcode = 'restrict_violation';
end
$$;
create trigger events_append_only before update or delete on events for each row execute function refuse_change();
create trigger events_no_truncate before truncate on events for each statement execute function refuse_change();
create trigger events_no_truncate before truncate on events_rest for each statement execute function refuse_change();
