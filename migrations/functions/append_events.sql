-- Adds rows to the history, in their order. The name of the account, else of the collector, is kept too, so that the history of a
-- removed one can still be asked for.
create or replace function append_events(p_events json) returns void
language sql set search_path from current as $$
  insert into events (at, kind, severity, actor, host, account_id, proxy_id, run_id, message, evidence, account)
    select at, kind, severity, actor, host, account_id, proxy_id, run_id, message, evidence,
      case when account_id is not null then (select a.name from accounts a where a.id = account_id)
        else coalesce(event.account, (select r.name from runs r where r.run_id = event.run_id)) end
    from json_populate_recordset(null::events, p_events) event
$$;
