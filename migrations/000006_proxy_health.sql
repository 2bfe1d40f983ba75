-- What each host sees of a proxy's transport and credential. One host without network, or one that is missing on a vendor's list of
-- allowed addresses, must not take a proxy from the others: for them its rows only rank the proxy behind.

create table proxy_health (
  proxy_id uuid not null references network_proxies (id) on delete cascade,
  -- `network.host_key`, else a hash of machine id, boot id and network namespace.
  host_key text not null,
  state text not null,
  since timestamptz not null,
  failures integer not null default 0,
  next_probe_at timestamptz,
  last_ok_at timestamptz,
  latency_ms integer,
  primary key (proxy_id, host_key),
  constraint proxy_health_state_check check (state in ('up', 'suspect', 'down', 'auth_failed')),
  constraint proxy_health_failures_check check (failures >= 0)
);
