-- Lets in one claim at a time on everything that it counts against: whoever waits here reads, in its next statement, what the one
-- before has written. The rows are locked in one order, and one that a freeze leaves locked is let go with its transaction.
create or replace function lock_scopes(p_scopes text[]) returns void
language plpgsql set search_path from current as $$
begin
  perform lease_guard();
  insert into switch_scopes (scope) select scope from unnest(p_scopes) scope order by scope on conflict do nothing;
  perform from switch_scopes where scope = any (p_scopes) order by scope for update;
end
$$;
