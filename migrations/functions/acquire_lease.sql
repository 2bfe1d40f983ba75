-- Gives a slot to a run when nobody has it, or when its holder is over by what the run saw of it. A run that has it already keeps
-- its token, so the statement may be sent again. A first look, without `p_seen`, locks nothing that somebody holds.
create or replace function acquire_lease(
  p_unit_key text, p_instance text, p_run uuid, p_launcher uuid, p_seen jsonb, p_settled bigint
) returns jsonb
language plpgsql set search_path from current as $$
declare
  v_lease leases;
  v_holder jsonb;
  v_settling jsonb;
  v_token bigint;
begin
  perform lease_guard();
  if p_seen is null then
    select lease_holder(l, la) into v_holder
      from leases l join launchers la on la.id = l.launcher_id
      where l.unit_key = p_unit_key and l.instance = p_instance and l.run_id <> p_run;
    if found then
      return jsonb_build_object('kind', 'busy', 'holder', v_holder);
    end if;
  end if;
  v_settling := lease_unsettled(p_settled);
  if v_settling is not null then
    return v_settling;
  end if;

  perform queue_takers(p_unit_key || ' ' || p_instance);
  -- Its existence alone is locked: two launchers that hold one another for dead need not wait for each other's renewals.
  perform from launchers where id = p_launcher and ended_at is null for key share;
  if not found then
    return '{"kind": "unregistered"}';
  end if;
  v_lease := lock_slot(p_unit_key, p_instance);
  if v_lease.run_id = p_run and v_lease.launcher_id = p_launcher and not v_lease.is_revoked then
    return jsonb_build_object('kind', 'held', 'token', v_lease.token);
  end if;
  -- A run takes nothing from itself: what was revoked is given back before it is asked for again.
  select lease_holder(v_lease, la) into v_holder from launchers la
    where la.id = v_lease.launcher_id and (v_lease.run_id = p_run or not lease_is_over(v_lease, la, p_seen));
  if found then
    return jsonb_build_object('kind', 'busy', 'holder', v_holder);
  end if;
  delete from leases where run_id = v_lease.run_id;
  v_token := lease_token();
  insert into leases (unit_key, instance, run_id, launcher_id, token)
    values (p_unit_key, p_instance, p_run, p_launcher, v_token);
  return jsonb_build_object('kind', 'held', 'token', v_token);
end
$$;
