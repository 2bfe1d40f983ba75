-- Drops what is older than `p_keep_days` and makes the months that come: the launcher's role owns nothing, so this runs as the
-- owner, who keeps 30 days whatever is asked for. Cheap when there is nothing to do, and one caller at a time is enough. The last
-- run of each unit is kept.
create or replace function keep_history(p_keep_days integer) returns void
language plpgsql security definer set search_path from current as $$
declare
  v_before timestamptz := clock_timestamp() - make_interval(days => greatest(p_keep_days, 30));
  v_months timestamptz[];
  v_month timestamptz;
  v_names text[];
  v_name text;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('keep_history', 0)) then
    return;
  end if;
  -- Whoever reads a month for long keeps it for one more day.
  perform set_config('lock_timeout', '2s', true);
  -- Listed first: a table that a loop still reads cannot be altered.
  select array_agg(distinct date_trunc('month', m, 'UTC')) into v_months from (
    select generate_series(clock_timestamp(), clock_timestamp() + interval '1 month', interval '1 month') as m
    union all select at from events_rest where isfinite(at)) months;
  delete from exit_uses where until_at < v_before;
  delete from requests where at < v_before;
  delete from switch_permits where at < v_before;
  delete from alerts where over_at < v_before;
  -- No launcher has had the channel for a week: nobody will send what waits for it.
  delete from alert_channels where seen_at < clock_timestamp() - interval '7 days';
  delete from alert_inbox where not exists (select from alert_channels);
  delete from runs r where r.ended_at < v_before
    and exists (select 1 from runs newer where newer.unit_key = r.unit_key
                 and (newer.started_at, newer.run_id) > (r.started_at, r.run_id));
  -- Last: from here on nobody can append an event until the commit.
  foreach v_month in array v_months loop
    perform make_history_month(v_month);
  end loop;
  select coalesce(array_agg(c.relname), '{}') into v_names
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'events'::regclass and c.relname ~ '^events_\d{4}_\d\d$'
      and (to_date(c.relname, '"events_"YYYY_MM') + interval '1 month') at time zone 'UTC' <= v_before;
  foreach v_name in array v_names loop
    execute format('drop table %I', v_name);
  end loop;
end
$$;
