-- What a taker is told of a lease that another run has.
create or replace function lease_holder(l leases, la launchers) returns jsonb language sql immutable as $$
  select jsonb_build_object('run_id', l.run_id, 'token', l.token, 'is_revoked', l.is_revoked, 'renewals', la.renewals,
                            'ttl_ms', la.ttl_ms, 'launcher', to_jsonb(la))
$$;
