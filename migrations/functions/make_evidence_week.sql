-- A partition for one week of evidence. What came before it was made lies in `evidence_rest` and moves over.
create or replace function make_evidence_week(p_week timestamptz) returns void
language plpgsql set search_path from current as $$
declare
  v_name text := 'evidence_' || to_char(p_week at time zone 'UTC', 'YYYY_MM_DD');
  v_end timestamptz := (p_week at time zone 'UTC' + interval '1 week') at time zone 'UTC';
begin
  if to_regclass(v_name) is not null then
    return;
  end if;
  -- A writer that is routed to `evidence_rest` before the commit would be refused by its new bounds after it.
  lock table evidence in share row exclusive mode;
  execute format('create table %I (like evidence including defaults including constraints)', v_name);
  execute format('with moved as (delete from evidence_rest where stored_at >= %L and stored_at < %L returning *) insert into %I select * from moved',
                 p_week, v_end, v_name);
  execute format('alter table evidence attach partition %I for values from (%L) to (%L)', v_name, p_week, v_end);
end
$$;
