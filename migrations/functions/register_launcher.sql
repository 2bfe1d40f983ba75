-- Makes a launcher known; sent twice it does no harm. Rows of others that hold nothing, and ended or were silent for an hour, go:
-- whoever still lives registers anew under another id.
create or replace function register_launcher(p_launcher jsonb) returns void language plpgsql set search_path from current as $$
declare
  v_idle uuid[];
begin
  perform lease_guard();
  insert into launchers (id, host, machine_id, boot_id, pid_ns, pid, start_ticks, version, protocol, operator_socket, key_ids, ttl_ms)
    select id, host, machine_id, boot_id, pid_ns, pid, start_ticks, version, protocol, operator_socket, key_ids, ttl_ms
    from jsonb_populate_record(null::launchers, p_launcher)
    on conflict (id) do nothing;
  -- Locked first and looked at in a statement of its own, which sees a lease that was taken meanwhile.
  select array_agg(id) into v_idle from (
    select la.id from launchers la
    where (la.ended_at is not null or la.renewed_at < clock_timestamp() - interval '1 hour')
      and not exists (select 1 from leases l where l.launcher_id = la.id)
    for update skip locked) idle;
  delete from launchers la where la.id = any (v_idle) and not exists (select 1 from leases l where l.launcher_id = la.id);
end
$$;
