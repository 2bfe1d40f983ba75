-- What venues answer and what follows from it: how an exit stands at a venue, which exits an account may use there, and the permits
-- that keep switches rare. `exit_key` is the address itself, or an IPv6 address's /64.

-- Which addresses the account's venues know is in `registrations`; how often the list may change there, such as `1/7d`, and what the
-- operator calls the key that it hangs on.
alter table accounts add column registered_changes text, add column key_label text;

-- The shortest time before its end of which people were warned, in days; each warning is given once.
alter table network_proxies add column warned_days integer;

alter table proxy_checks drop constraint proxy_checks_kind_check,
  add constraint proxy_checks_kind_check check (kind in ('proof', 'check', 'probe', 'venue'));

-- A row without a state: the host has begun its first probe and said nothing yet.
alter table proxy_health alter column state drop not null, alter column since drop not null,
  add constraint proxy_health_since_check check ((state is null) = (since is null));

alter table requests drop constraint requests_verb_check,
  add constraint requests_verb_check check (verb in ('stop', 'start', 'restart', 'rotate', 'check', 'report'));

-- What the incident guard counts: who runs at a venue, and through a vendor.
create index exit_leases_venue_idx on exit_leases (venue, account_id);
create index exit_leases_proxy_idx on exit_leases (proxy_id);

-- Who left through a proxy.
create index exit_uses_proxy_idx on exit_uses (proxy_id, from_at desc);

-- Everything that was seen, verdict or not. It lies in partitions by week, which keep_history() makes and drops.
create sequence evidence_id_seq;
create table evidence (
  id bigint not null default nextval('evidence_id_seq'),
  -- By the clock of the database: windows are never measured by the clocks of hosts.
  stored_at timestamptz not null default clock_timestamp(),
  -- As the host says that saw it.
  at timestamptz not null,
  account_id uuid,
  run_id uuid,
  proxy_id uuid,
  exit_key text,
  exit_ip inet,
  venue text,
  provider text,
  host_key text not null,
  channel text not null,
  kind text not null,
  is_failure boolean not null,
  weight real not null,
  times integer not null default 1,
  until_at timestamptz,
  why text not null,
  detail jsonb,
  constraint evidence_channel_check check (channel in ('relay', 'inside', 'output', 'report', 'probe', 'operator')),
  constraint evidence_weight_check check (weight between 0 and 1),
  constraint evidence_times_check check (times > 0)
) partition by range (stored_at);
alter sequence evidence_id_seq owned by evidence.id;
create index evidence_account_idx on evidence (account_id, stored_at desc);
create index evidence_exit_idx on evidence (exit_key, stored_at desc);
-- What the incident guard reads: the last seconds.
create index evidence_failures_idx on evidence (stored_at) where is_failure;
-- What belongs to no week that keep_history() has made.
create table evidence_rest partition of evidence default;

-- No row: clear, and never anything against it.
create table reputations (
  exit_key text not null,
  venue text not null,
  exit_ip inet not null,
  state text not null,
  -- The class of the answer that counts, or `operator`.
  because text,
  until_at timestamptz,
  failures integer not null default 0,
  since timestamptz not null,
  next_probe_at timestamptz,
  -- How long the exit was used without trouble since its last failure was forgiven.
  clean_ms bigint not null default 0,
  constraint reputations_pkey primary key (exit_key, venue),
  constraint reputations_state_check check (state in ('clear', 'limited', 'burned', 'probation', 'geo_blocked')),
  constraint reputations_failures_check check (failures >= 0),
  constraint reputations_clean_check check (clean_ms >= 0)
);
create index reputations_probe_idx on reputations (next_probe_at) where next_probe_at is not null;

-- Whether a venue takes an account's requests from an exit. No row: nobody knows.
create table acceptances (
  account_id uuid not null references accounts (id) on delete cascade,
  venue text not null,
  exit_key text not null,
  exit_ip inet not null,
  state text not null,
  by text not null,
  why text not null,
  at timestamptz not null,
  constraint acceptances_pkey primary key (account_id, venue, exit_key),
  constraint acceptances_state_check check (state in ('accepted', 'refused')),
  constraint acceptances_by_check check (by in ('answer', 'operator'))
);

-- The addresses that an account's venues know, as its operator says. What is off the list stays, with the time: changes are counted.
create table registrations (
  account_id uuid not null references accounts (id) on delete cascade,
  exit_ip inet not null,
  exit_key text not null,
  from_at timestamptz not null,
  until_at timestamptz,
  by text not null,
  constraint registrations_pkey primary key (account_id, exit_ip, from_at),
  constraint registrations_time_check check (until_at >= from_at)
);
create unique index registrations_live_key on registrations (account_id, exit_ip) where until_at is null;

-- Where many fail at once, and no exit is to blame. One row lasts until it is over; seen again later, it begins anew.
create table incidents (
  kind text not null,
  name text not null,
  since timestamptz not null,
  until_at timestamptz not null,
  why text not null,
  constraint incidents_pkey primary key (kind, name),
  constraint incidents_kind_check check (kind in ('venue', 'vendor', 'host'))
);

-- One row for each switch that was let through, so that launchers on all hosts count the same ones.
create table switch_permits (
  id uuid primary key,
  account_id uuid not null,
  run_id uuid not null,
  kind text not null,
  cause text not null,
  venues text[] not null,
  provider text,
  exit_key text,
  host_key text not null,
  claimed_at timestamptz not null default clock_timestamp(),
  -- When it may begin: the pace of the fleet may put it later.
  at timestamptz not null,
  done_at timestamptz,
  outcome text,
  constraint switch_permits_kind_check check (kind in ('planned', 'lost')),
  constraint switch_permits_outcome_check check (outcome in ('done', 'failed') and (done_at is null) = (outcome is null))
);
create index switch_permits_account_idx on switch_permits (account_id, at desc);
create index switch_permits_at_idx on switch_permits (at);

-- What a permit counts against: the account, the vendor, the venues, the fleet. Whoever claims one locks these rows in the order of
-- their names, so that no two look at the same budget at once.
create table switch_scopes (
  scope text not null,
  constraint switch_scopes_pkey primary key (scope)
);
