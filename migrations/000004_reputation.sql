-- What the venues think of an exit, which API keys are bound to it, and what launchers ask of one another.

create table reputations (
  exit_key text not null,
  exit_ip inet not null,
  venue text not null,
  verdict text not null,
  strikes integer not null default 0,
  until_at timestamptz,
  evidence jsonb,
  changed_at timestamptz not null,
  primary key (exit_key, venue),
  constraint reputations_verdict_check check (verdict in ('clear', 'demoted', 'probation', 'burned')),
  constraint reputations_strikes_check check (strikes >= 0)
);

create table key_whitelist (
  account_id uuid not null references accounts (id) on delete cascade,
  venue text not null,
  -- A keyed fingerprint of the API key, never the key.
  api_key_fp text not null,
  exit_key text not null,
  exit_ip inet not null,
  verdict text not null,
  changed_at timestamptz not null,
  primary key (account_id, venue, api_key_fp, exit_key),
  constraint key_whitelist_verdict_check check (verdict in ('accepted', 'refused'))
);

create table requests (
  id uuid primary key,
  run_id uuid not null,
  verb text not null,
  arguments jsonb not null default '{}',
  requested_by text not null,
  requested_at timestamptz not null,
  taken_at timestamptz,
  answered_at timestamptz,
  answer jsonb
);
create index requests_open_idx on requests (run_id) where answered_at is null;

create table switch_permits (
  id uuid primary key,
  account_id uuid not null,
  run_id uuid not null,
  scope text not null,
  reason text not null,
  granted_at timestamptz not null,
  used_at timestamptz
);
create index switch_permits_scope_idx on switch_permits (scope, granted_at desc);
create index switch_permits_account_idx on switch_permits (account_id, granted_at desc);
