-- Null when leases may be taken. After a fail-over or a restore they may not, until somebody has watched the new era for the TTL
-- that is answered here, and says so by `p_settled`: holders that the server forgot have stopped by then.
create or replace function lease_unsettled(p_settled bigint) returns jsonb
language plpgsql set search_path from current as $$
declare
  v_last lease_world;
begin
  select * into v_last from lease_world;
  if (v_last.server, v_last.timeline) <> (lease_server(), lease_timeline()) then
    -- The condition is looked at again behind whoever was faster, so an era begins once.
    update lease_world
      set base = base + case server when lease_server() then 0 else timeline end,
          server = lease_server(), timeline = lease_timeline(), is_settled = false
      where (server, timeline) <> (lease_server(), lease_timeline());
  elsif v_last.is_settled then
    return null;
  elsif p_settled = v_last.base + v_last.timeline then
    update lease_world set is_settled = true where (server, timeline) = (v_last.server, v_last.timeline);
    return null;
  end if;
  return jsonb_build_object('kind', 'settling', 'era', lease_era(),
                            'ttl_ms', coalesce((select max(ttl_ms) from launchers), 15000));
end
$$;
