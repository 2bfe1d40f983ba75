-- Null when leases may be taken. `p_settled` is the era that the caller watched, unsettled, for the `ttl_ms` given here.
create or replace function lease_unsettled(p_settled bigint) returns jsonb language plpgsql set search_path from current as $$
declare
  v_server text := lease_server();
  v_timeline bigint := lease_timeline();
  v_world lease_world;
begin
  select * into v_world from lease_world;
  if v_world.server = v_server and v_world.timeline = v_timeline then
    if v_world.is_settled then
      return null;
    end if;
    if p_settled = v_world.base + v_timeline then
      update lease_world set is_settled = true where server = v_server and timeline = v_timeline;
      return null;
    end if;
  else
    update lease_world set is_settled = false, server = v_server, timeline = v_timeline,
                           base = case when server = v_server then base else base + timeline end
      where server <> v_server or timeline <> v_timeline
      returning * into v_world;
    if not found then
      select * into v_world from lease_world;
    end if;
  end if;
  return jsonb_build_object('kind', 'settling', 'era', v_world.base + v_world.timeline,
                            'ttl_ms', (select coalesce(max(ttl_ms), 15000) from launchers));
end
$$;
