-- Whether what a taker watched for a whole TTL of the holder's row, or found dead on its own host, is still so.
-- coalesce: a lease that was not watched gives null, and null must refuse.
create or replace function lease_is_over(l leases, la launchers, p_seen jsonb) returns boolean language sql immutable as $$
  select coalesce((p_seen ->> 'token')::bigint = l.token
                  and (l.is_revoked or (p_seen ->> 'renewals')::bigint = la.renewals), false)
$$;
