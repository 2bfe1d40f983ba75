-- Ends the rows of a unit's runs that hold no lease, but for the one that has taken it: their launcher was killed, or lost the
-- database, and never did. One that waits for the lease has no row yet.
create or replace function end_abandoned_runs(p_unit_key text, p_run uuid) returns void
language sql set search_path from current as $$
  with abandoned as (
    update runs r
    set phase = 'ended', ended_at = clock_timestamp(), ended_by = 'launcher', reason = 'another run took its lease'
    where r.unit_key = p_unit_key and r.ended_at is null and r.run_id <> p_run
      and not exists (select from leases l where l.run_id = r.run_id)
    returning r.run_id
  )
  update exit_uses u set until_at = clock_timestamp()
  from abandoned where u.run_id = abandoned.run_id and u.until_at is null
$$;
