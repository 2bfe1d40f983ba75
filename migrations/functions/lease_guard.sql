-- Every function that writes a lease begins with this. Each of its statements must see what was committed while it waited for a
-- lock, and what it answers must survive a crash. (A `set` clause of the function would be undone before the commit.)
create or replace function lease_guard() returns void language plpgsql as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'leases need read committed, not %', current_setting('transaction_isolation')
      using errcode = 'invalid_transaction_state';
  end if;
  if current_setting('synchronous_commit') in ('off', 'local') then
    perform set_config('synchronous_commit', 'on', true);
  end if;
end
$$;
