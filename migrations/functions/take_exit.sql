-- Takes an exit for the venues of an account whose lease the run has: its addresses of all families, or none. It is one statement
-- for the client, so that a launcher which freezes leaves no lock behind. `p_seen` has, by run, what the taker saw of the leases
-- that stand in its way.
create or replace function take_exit(
  p_exit_keys text[], p_exit_ips inet[], p_venues text[],
  p_account uuid, p_group text, p_proxy uuid, p_run uuid, p_seen jsonb, p_settled bigint
) returns jsonb
language plpgsql set search_path from current as $$
declare
  v_rivals uuid[];
  v_holders jsonb;
  v_settling jsonb;
  v_token bigint;
begin
  perform lease_guard();
  v_settling := lease_unsettled(p_settled);
  if v_settling is not null then
    return v_settling;
  end if;

  -- In one order, and before any row is locked: two takers of the same two addresses must not wait for one another.
  perform queue_takers('exit ' || key) from (select key from unnest(p_exit_keys) key order by key) each;
  v_rivals := array(
    select run_id from exit_leases e
      where exit_key = any (p_exit_keys) and exit_conflicts(e, p_account, p_group, p_venues));
  perform lock_leases(v_rivals, p_run);
  perform from leases where run_id = p_run and unit_key = 'bot:' || p_account and not is_revoked;
  if not found then
    return '{"kind": "lost"}';
  end if;

  -- A second look, under the locks: a rival that gave the exit back meanwhile keeps its account. No other can have come, since
  -- exits are taken here alone and one after another.
  select array_agg(e.run_id),
         jsonb_agg(
           lease_holder(l, la)
             || jsonb_build_object(
               'exit_key', e.exit_key, 'venue', e.venue, 'account_name', coalesce(a.name, e.account_id::text))
           order by e.venue, e.account_id, e.exit_key
         ) filter (where not lease_is_over(l, la, p_seen -> l.run_id::text))
    into v_rivals, v_holders
    from exit_leases e
    join leases l on l.run_id = e.run_id
    join launchers la on la.id = l.launcher_id
    left join accounts a on a.id = e.account_id
    where e.exit_key = any (p_exit_keys) and exit_conflicts(e, p_account, p_group, p_venues);
  if v_holders is not null then
    return jsonb_build_object('kind', 'conflict', 'holders', v_holders);
  end if;

  -- A rival that is over loses its account with the exit, or its launcher would not notice when it wakes up. What else that
  -- launcher has stays.
  delete from leases where run_id = any (v_rivals);
  delete from exit_leases where account_id = p_account and exit_key = any (p_exit_keys);
  v_token := lease_token();
  insert into exit_leases (exit_key, exit_ip, venue, account_id, group_name, proxy_id, run_id, token)
    select distinct key, ip, venue, p_account, p_group, p_proxy, p_run, v_token
      from unnest(p_exit_keys, p_exit_ips) as exit (key, ip), unnest(p_venues) venue;
  update leases set exit_token = v_token where run_id = p_run;
  return jsonb_build_object('kind', 'taken', 'token', v_token);
end
$$;
