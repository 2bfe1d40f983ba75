-- Takes a lease that is free, this run's already, or over by what the taker saw. Without `p_seen` a held one is only looked at.
create or replace function acquire_lease(
  p_unit_key text, p_instance text, p_run uuid, p_launcher uuid, p_seen jsonb, p_settled bigint
) returns jsonb language plpgsql set search_path from current as $$
declare
  v_lease leases;
  v_rival launchers;
  v_token bigint;
  v_unsettled jsonb;
begin
  perform lease_guard();
  select * into v_lease from leases where unit_key = p_unit_key and instance = p_instance;
  if v_lease.run_id <> p_run and p_seen is null then
    select * into v_rival from launchers where id = v_lease.launcher_id;
    return jsonb_build_object('kind', 'busy', 'holder', lease_holder(v_lease, v_rival));
  end if;
  v_unsettled := lease_unsettled(p_settled);
  if v_unsettled is not null then
    return v_unsettled;
  end if;

  perform pg_advisory_xact_lock(hashtextextended(p_unit_key || ' ' || p_instance, 0));
  perform 1 from launchers where id = p_launcher and ended_at is null for key share;
  if not found then
    return jsonb_build_object('kind', 'unregistered');
  end if;
  -- Only this function inserts, under the advisory lock: from here on the row can change by a revocation, or go.
  select * into v_lease from leases where unit_key = p_unit_key and instance = p_instance;
  if found then
    select * into v_rival from launchers where id = v_lease.launcher_id for no key update;
    select * into v_lease from leases where unit_key = p_unit_key and instance = p_instance for update;
  end if;
  if found then
    if v_lease.run_id = p_run and v_lease.launcher_id = p_launcher and not v_lease.is_revoked then
      return jsonb_build_object('kind', 'held', 'token', v_lease.token);
    end if;
    if v_lease.run_id = p_run or not lease_is_over(v_lease, v_rival, p_seen) then
      return jsonb_build_object('kind', 'busy', 'holder', lease_holder(v_lease, v_rival));
    end if;
    delete from leases where unit_key = p_unit_key and instance = p_instance;
  end if;
  v_token := lease_token();
  insert into leases (unit_key, instance, run_id, launcher_id, token)
    values (p_unit_key, p_instance, p_run, p_launcher, v_token);
  return jsonb_build_object('kind', 'held', 'token', v_token);
end
$$;
