-- Makes a launcher known; a second time it does nothing. On the way it removes the rows of launchers that are done: they hold
-- nothing, and they ended or said nothing for an hour. One that only slept gets null at its next renewal and registers anew. The
-- last row of each working folder stays for a day, for its choices.
create or replace function register_launcher(p_launcher jsonb) returns void
language plpgsql set search_path from current as $$
declare
  v_done uuid[];
begin
  perform lease_guard();
  insert into launchers (
      id, host, machine_id, boot_id, pid_ns, pid, start_ticks, version, protocol, operator_socket, key_ids, folder, choices, ttl_ms)
    select id, host, machine_id, boot_id, pid_ns, pid, start_ticks, version, protocol, operator_socket, key_ids, folder, choices,
        ttl_ms
    from jsonb_populate_record(null::launchers, p_launcher)
    on conflict (id) do nothing;
  v_done := array(
    select id from launchers la
      where (ended_at is not null or renewed_at < clock_timestamp() - interval '1 hour')
        and (folder is null or renewed_at < clock_timestamp() - interval '1 day' or exists (
          select from launchers later
            where later.machine_id = la.machine_id and later.folder = la.folder and later.started_at > la.started_at))
        and not exists (select from leases where launcher_id = la.id)
      for update skip locked);
  -- The rows are locked by now, but this launcher may have acquired something just before; only a later statement sees that.
  delete from launchers la where id = any (v_done) and not exists (select from leases where launcher_id = la.id);
end
$$;
