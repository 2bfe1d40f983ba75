-- Who trades, through which proxies, in which order. Every table lies in the schema that search_path names.

create table accounts (
  id uuid primary key,
  name text not null,
  venues text[] not null default '{any}',
  allowed_countries text[] not null default '{}',
  group_name text,
  held_by text,
  held_why text,
  created_at timestamptz not null default now(),
  constraint accounts_name_key unique (name),
  constraint accounts_venues_check check (cardinality(venues) > 0),
  constraint accounts_hold_check check ((held_by is null) = (held_why is null))
);

create table network_proxies (
  id uuid primary key,
  label text not null,
  endpoint_url text not null,
  auth_type text not null default 'none',
  credentials_encrypted text,
  credentials_key_id text,
  credential_fp text,
  -- Certificates (PEM) of a TLS proxy's own authority; null trusts the system's.
  ca text,
  metadata jsonb not null default '{}',
  is_active boolean not null default true,
  state text not null default 'unverified',
  state_since timestamptz not null default now(),
  next_probe_at timestamptz,
  expected_ip inet,
  expected_ip_source text,
  country text,
  provider text,
  expires_at timestamptz,
  revision integer not null default 1,
  last_exit_ip inet,
  last_exit_key text,
  last_exit_at timestamptz,
  created_at timestamptz not null default now(),
  constraint network_proxies_label_key unique (label),
  -- A user part would be a credential in the clear.
  constraint network_proxies_endpoint_check check (endpoint_url ~ '^(http|https|socks5)://[^@/]+$'),
  constraint network_proxies_auth_check check (auth_type in ('none', 'basic')),
  constraint network_proxies_sealed_check check (
    (auth_type = 'basic') = (credentials_encrypted is not null)
    and (credentials_encrypted is null) = (credentials_key_id is null)
    and (credentials_encrypted is null) = (credential_fp is null)
  ),
  -- What holds on every host; what one host sees of the transport and the credential is in proxy_health.
  constraint network_proxies_state_check check (state in ('unverified', 'ok', 'drifted', 'expired', 'disabled')),
  constraint network_proxies_expected_ip_check check (
    (expected_ip is null) = (expected_ip_source is null)
    and expected_ip_source in ('operator', 'import', 'first-proof')
  )
);
create index network_proxies_credential_fp_idx on network_proxies (credential_fp);
create index network_proxies_key_id_idx on network_proxies (credentials_key_id);

create table account_proxy_assignments (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  proxy_id uuid not null references network_proxies (id) on delete cascade,
  priority integer not null,
  status text not null default 'standby',
  last_checked_at timestamptz,
  failures integer not null default 0,
  cooldown_until timestamptz,
  last_leased_at timestamptz,
  created_at timestamptz not null default now(),
  constraint account_proxy_assignments_pair_key unique (account_id, proxy_id),
  constraint account_proxy_assignments_failures_check check (failures >= 0),
  constraint account_proxy_assignments_status_check check (
    status in ('standby', 'active', 'cooling', 'probation', 'burned', 'quarantined', 'held', 'disabled')
  )
);
create index account_proxy_assignments_proxy_idx on account_proxy_assignments (proxy_id);
