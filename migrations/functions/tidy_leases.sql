-- Frees what the launcher renews without knowing the run: the answer to a taking or to a release was lost. Nothing else would end
-- such a lease, since the counter keeps alive whatever has the launcher's id. `p_runs` are the runs that it knows. A run that began
-- with such a lease never went on from there, and nobody else would end its row.
create or replace function tidy_leases(p_launcher uuid, p_tokens bigint[], p_runs uuid[]) returns integer
language plpgsql set search_path from current as $$
declare
  v_unknown uuid[];
begin
  perform lease_guard();
  v_unknown := array(
    select run_id from leases
      where launcher_id = p_launcher and token = any (p_tokens) and run_id <> all (p_runs)
      order by unit_key, instance for update);
  delete from leases where run_id = any (v_unknown);
  update runs set phase = 'ended', ended_at = clock_timestamp(), ended_by = 'launcher',
      reason = 'its launcher never heard that it had begun'
    where run_id = any (v_unknown) and ended_at is null and phase = 'starting';
  return cardinality(v_unknown);
end
$$;
