-- Drops what is older than `p_keep_days` and makes the weeks that come: the launcher's role owns nothing, so this runs as the owner,
-- who keeps a day whatever is asked for, since budgets and guards look back so far. Cheap when there is nothing to do, and one caller
-- at a time is enough.
create or replace function keep_evidence(p_keep_days integer) returns void
language plpgsql security definer set search_path from current as $$
declare
  v_before timestamptz := clock_timestamp() - make_interval(days => greatest(p_keep_days, 1));
  v_weeks timestamptz[];
  v_week timestamptz;
  v_names text[];
  v_name text;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('keep_evidence', 0)) then
    return;
  end if;
  -- Whoever reads a week for long keeps it for one more day.
  perform set_config('lock_timeout', '2s', true);
  delete from evidence_rest where stored_at < v_before;
  delete from incidents where until_at < v_before;
  -- What was said of an exit so long ago holds no more, but for what has no end.
  delete from reputations
    where coalesce(until_at, case when state = 'clear' and failures = 0 then greatest(since, next_probe_at) end) < v_before;
  -- Listed first: a table that a loop still reads cannot be altered.
  select array_agg(distinct date_trunc('week', w, 'UTC')) into v_weeks from (
    select generate_series(clock_timestamp(), clock_timestamp() + interval '1 week', interval '1 week') as w
    union all select stored_at from evidence_rest where isfinite(stored_at)) weeks;
  foreach v_week in array v_weeks loop
    perform make_evidence_week(v_week);
  end loop;
  select coalesce(array_agg(c.relname), '{}') into v_names
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'evidence'::regclass and c.relname ~ '^evidence_\d{4}_\d\d_\d\d$'
      and (to_date(c.relname, '"evidence_"YYYY_MM_DD') + interval '1 week') at time zone 'UTC' <= v_before;
  -- Last: from here on nobody can store evidence until the commit.
  foreach v_name in array v_names loop
    execute format('drop table %I', v_name);
  end loop;
end
$$;
