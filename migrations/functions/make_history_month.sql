-- A partition for one month of events. What came before it was made lies in `events_rest` and moves over.
create or replace function make_history_month(p_month timestamptz) returns void
language plpgsql set search_path from current as $$
declare
  v_name text := 'events_' || to_char(p_month at time zone 'UTC', 'YYYY_MM');
  v_end timestamptz := (p_month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
begin
  if to_regclass(v_name) is not null then
    return;
  end if;
  -- A writer that is routed to `events_rest` before the commit would be refused by its new bounds after it.
  lock table events in share row exclusive mode;
  execute format('create table %I (like events including defaults including constraints)', v_name);
  alter table events_rest disable trigger user;
  execute format('with moved as (delete from events_rest where at >= %L and at < %L returning *) insert into %I select * from moved',
                 p_month, v_end, v_name);
  alter table events_rest enable trigger user;
  execute format('alter table events attach partition %I for values from (%L) to (%L)', v_name, p_month, v_end);
  execute format('create trigger events_no_truncate before truncate on %I for each statement execute function refuse_change()', v_name);
end
$$;
