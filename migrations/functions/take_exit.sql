-- Takes an exit for an account's venues. One statement for the client: a launcher that freezes cannot freeze the lock with it.
-- The advisory lock serialises the takers of one exit even while no row of it exists yet; unlike a session's lock it cannot
-- outlive the statement behind a connection pooler. `p_seen`: by run, what the taker saw of each holder's lease.
create or replace function take_exit(
  p_exit_key text, p_exit_ip inet, p_venues text[], p_account uuid, p_group text, p_proxy uuid, p_run uuid,
  p_seen jsonb, p_settled bigint
) returns jsonb language plpgsql set search_path from current as $$
declare
  v_rivals uuid[];
  v_holders jsonb;
  v_token bigint;
  v_unsettled jsonb;
begin
  perform lease_guard();
  v_unsettled := lease_unsettled(p_settled);
  if v_unsettled is not null then
    return v_unsettled;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('exit ' || p_exit_key, 0));
  -- Only this function inserts, under the advisory lock: rivals can go, but none can come.
  select coalesce(array_agg(distinct e.run_id), '{}') into v_rivals
    from exit_leases e where e.exit_key = p_exit_key and exit_conflicts(e, p_account, p_group, p_venues);
  perform 1 from launchers where id in (select l.launcher_id from leases l where l.run_id = any (v_rivals))
    order by id for no key update;
  perform 1 from leases l where l.run_id = any (v_rivals || p_run) order by l.unit_key, l.instance for update;
  if not exists (select 1 from leases l
                  where l.run_id = p_run and l.unit_key = 'bot:' || p_account and not l.is_revoked) then
    return jsonb_build_object('kind', 'lost');
  end if;

  -- One that gave the exit back meanwhile keeps its account.
  select coalesce(array_agg(distinct e.run_id), '{}') into v_rivals
    from exit_leases e where e.exit_key = p_exit_key and exit_conflicts(e, p_account, p_group, p_venues);
  select jsonb_agg(lease_holder(l, la) || jsonb_build_object('venue', e.venue, 'account_name', coalesce(a.name, e.account_id::text))
                   order by e.venue, e.account_id)
    into v_holders
    from exit_leases e
    join leases l on l.run_id = e.run_id
    join launchers la on la.id = l.launcher_id
    left join accounts a on a.id = e.account_id
    where e.exit_key = p_exit_key and exit_conflicts(e, p_account, p_group, p_venues)
      and not lease_is_over(l, la, p_seen -> l.run_id::text);
  if v_holders is not null then
    return jsonb_build_object('kind', 'conflict', 'holders', v_holders);
  end if;

  -- Whoever is put off the exit loses its account with it, so that its launcher finds out when it wakes up; the other leases of
  -- that launcher stay.
  delete from leases where run_id = any (v_rivals);
  delete from exit_leases where exit_key = p_exit_key and account_id = p_account;
  v_token := lease_token();
  insert into exit_leases (exit_key, exit_ip, venue, account_id, group_name, proxy_id, run_id, token)
    select p_exit_key, p_exit_ip, v.venue, p_account, p_group, p_proxy, p_run, v_token
      from (select distinct unnest(p_venues) as venue) v;
  return jsonb_build_object('kind', 'taken', 'token', v_token);
end
$$;
