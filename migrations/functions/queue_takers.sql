-- Lets takers of one thing in one after another. No row can be locked for it, since what is free has none; and a session's lock
-- would outlive its statement behind a pooler, or with a launcher that freezes. This one ends with the transaction.
create or replace function queue_takers(p_what text) returns void language sql as $$
  select pg_advisory_xact_lock(hashtextextended(p_what, 0))
$$;
