-- Whether a lease is still as it was when its proof began: a TTL of watching, or its holder found dead on the taker's own host.
-- The token is part of that. A launcher's silence alone would prove too much: what it acquired since its last renewal has a
-- younger deadline. `is true` refuses whoever saw nothing.
create or replace function lease_is_over(l leases, la launchers, p_seen jsonb) returns boolean
language sql immutable as $$
  select (
    l.token = (p_seen ->> 'token')::bigint
    and (l.is_revoked or la.renewals = (p_seen ->> 'renewals')::bigint)
  ) is true
$$;
