-- Frees what the launcher renews without knowing the run: the answer to a taking or to a release was lost. Nothing else would end
-- such a lease, since the counter keeps alive whatever has the launcher's id. `p_runs` are the runs that it knows.
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
  return cardinality(v_unknown);
end
$$;
