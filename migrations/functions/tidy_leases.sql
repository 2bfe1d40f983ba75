-- Frees leases that a launcher has and whose run it does not know: the answer to their taking or their release was lost, and the
-- launcher's counter would keep them for ever. `p_runs` are the runs that it knows.
create or replace function tidy_leases(p_launcher uuid, p_tokens bigint[], p_runs uuid[]) returns integer
language plpgsql set search_path from current as $$
declare
  v_count integer;
begin
  perform lease_guard();
  perform 1 from leases l where l.launcher_id = p_launcher and l.token = any (p_tokens) and l.run_id <> all (p_runs)
    order by l.unit_key, l.instance for update;
  delete from leases l where l.launcher_id = p_launcher and l.token = any (p_tokens) and l.run_id <> all (p_runs);
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
