-- Takes an exit for an account's venues. One statement for the client: a launcher that freezes cannot freeze the lock with it.
-- The transaction-scoped advisory lock serialises the takers of one exit even while no row of it exists yet; unlike a session
-- lock it cannot outlive the statement behind a connection pooler. Each inner statement sees what was committed before it.
-- Lease rows are locked before exit rows, in the order of their keys, as a renewal does: no deadlock.
create or replace function take_exit(
  p_exit_key text, p_exit_ip inet, p_venues text[], p_account uuid, p_group text, p_proxy uuid,
  p_owner jsonb, p_ttl_ms integer, p_seen jsonb
) returns jsonb language plpgsql set search_path from current as $$
declare
  v_run uuid := (p_owner ->> 'holder')::uuid;
  v_holders jsonb;
  v_beat bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_exit_key, 0));

  perform 1 from leases l
    where l.resource = 'account:' || p_account
       or l.holder in (select e.holder from exit_leases e where e.exit_key = p_exit_key)
    order by l.resource for update;
  if not exists (select 1 from leases l where l.resource = 'account:' || p_account and l.holder = v_run) then
    return jsonb_build_object('kind', 'lost');
  end if;
  perform 1 from exit_leases e
    where e.exit_key = p_exit_key or e.account_id = p_account
    order by e.exit_key, e.venue, e.account_id for update;

  -- coalesce: a run that the taker has not watched gives null, and null must refuse.
  select jsonb_agg(to_jsonb(e) || jsonb_build_object('account_name', coalesce(a.name, e.account_id::text))
                   order by e.venue, e.account_id)
    into v_holders
    from exit_leases e left join accounts a on a.id = e.account_id
    where e.exit_key = p_exit_key
      and exit_conflicts(e, p_account, p_group, p_venues)
      and not coalesce((p_seen ->> e.holder::text)::bigint = e.beat, false);
  if v_holders is not null then
    return jsonb_build_object('kind', 'conflict', 'holders', v_holders);
  end if;

  -- Whoever is put off the exit was seen dead for a whole TTL, and its account lease was renewed by the same statement:
  -- both go, so that its launcher, should it wake up, finds its lease lost.
  update leases l set holder = null, launcher = null, token = l.token + 1
    where l.holder in (select e.holder from exit_leases e
                        where e.exit_key = p_exit_key and exit_conflicts(e, p_account, p_group, p_venues));
  delete from exit_leases e
    where e.exit_key = p_exit_key and exit_conflicts(e, p_account, p_group, p_venues);
  -- This run holds the account, so every other run of it is over.
  delete from exit_leases e
    where e.account_id = p_account and (e.exit_key = p_exit_key or e.holder <> v_run);

  v_beat := nextval('exit_lease_beats');
  insert into exit_leases (exit_key, exit_ip, venue, account_id, group_name, proxy_id, holder, launcher, token, beat, ttl_ms,
                           host, machine_id, boot_id, pid_ns, launcher_pid, launcher_start_ticks)
    select p_exit_key, p_exit_ip, v.venue, p_account, p_group, p_proxy, v_run, (p_owner ->> 'launcher')::uuid, v_beat, v_beat, p_ttl_ms,
           p_owner ->> 'host', p_owner ->> 'machine_id', p_owner ->> 'boot_id', p_owner ->> 'pid_ns',
           (p_owner ->> 'launcher_pid')::integer, (p_owner ->> 'launcher_start_ticks')::bigint
      from (select distinct unnest(p_venues) as venue) v;
  return jsonb_build_object('kind', 'taken', 'token', v_beat);
end
$$;
