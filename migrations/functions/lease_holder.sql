-- What a taker learns of the run that is in its way: enough to watch its lease, and to look for its process on this host.
create or replace function lease_holder(l leases, la launchers) returns jsonb
language sql stable as $$
  select to_jsonb(holder)
  from (select l.run_id, l.token, l.is_revoked, la.renewals, la.ttl_ms, la as launcher) holder
$$;
