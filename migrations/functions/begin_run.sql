-- Takes a lease for a run and begins the run's row with it: neither is there without the other, and the client waits for one
-- commit. Without `p_row` the lease is taken for a run that begins later. Each statement sees what the taking waited for.
create or replace function begin_run(
  p_unit_key text, p_instance text, p_run uuid, p_launcher uuid, p_seen jsonb, p_settled bigint, p_row jsonb
) returns jsonb
language plpgsql set search_path from current as $$
declare
  v_answer jsonb := acquire_lease(p_unit_key, p_instance, p_run, p_launcher, p_seen, p_settled);
begin
  if v_answer ->> 'kind' <> 'held' then
    return v_answer;
  end if;
  -- Whoever holds the unit's lease is its only run; the slot of one instance says nothing of the others.
  if p_instance = '' then
    perform end_abandoned_runs(p_unit_key, p_run);
  end if;
  -- It may be sent again. A column that is made later has to have a default, since older programs do not fill it.
  insert into runs (run_id, unit_key, name, launcher_id, launcher_pid, launcher_version, host, started_at, phase, tier, bypass)
    select run_id, unit_key, name, launcher_id, launcher_pid, launcher_version, host, started_at, phase, tier, bypass
    from jsonb_populate_record(null::runs, p_row)
    where p_row is not null
    on conflict (run_id) do nothing;
  return v_answer;
end
$$;
