-- Ends a run: gives back its lease where `p_launcher` holds it, and with it every exit, ends the row, closes the use of its exit and
-- tells the history. The client waits for one commit, and none of it is there without the rest. The lease is locked first, as
-- by whoever takes one and then ends the row of the run before. The first end of a row stands. It may be sent again: what the
-- history has of it is not told twice.
create or replace function end_run(p_run uuid, p_launcher uuid, p_end json, p_events json) returns void
language plpgsql set search_path from current as $$
declare
  v_end runs := json_populate_record(null::runs, p_end);
begin
  if p_launcher is not null then
    perform release_lease(p_run, p_launcher);
  elsif p_events is null then
    -- Nobody waits until a note about a run is on the disk. What must not be lost, as leases, is; and with it what was noted before.
    perform set_config('synchronous_commit', 'off', true);
  end if;
  update runs
    set phase = 'ended', ended_at = v_end.ended_at, ended_by = v_end.ended_by, exit_code = v_end.exit_code, reason = v_end.reason
    where run_id = p_run and ended_at is null;
  if not found then
    -- Whoever sends it a second time waits for the first.
    perform from runs where run_id = p_run for update;
    perform from events join json_populate_recordset(null::events, p_events) told using (at, run_id, kind);
    if found then
      return;
    end if;
  end if;
  update exit_uses set until_at = v_end.ended_at where run_id = p_run and until_at is null;
  perform append_events(p_events);
end
$$;
