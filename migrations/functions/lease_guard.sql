-- Whatever writes a lease calls this first. Under any other isolation a statement that waited for a lock would still read by the
-- transaction's first snapshot, and compare with what is no longer so. An answer that a crash of the server could undo is none:
-- the commit is waited for. (As a `set` clause of a function that would be undone before the commit.)
create or replace function lease_guard() returns void
language plpgsql as $$
declare
  v_isolation text := current_setting('transaction_isolation');
begin
  if v_isolation <> 'read committed' then
    raise exception 'leases need read committed, not %', v_isolation using errcode = 'invalid_transaction_state';
  end if;
  perform set_config('synchronous_commit', 'on', true)
    where current_setting('synchronous_commit') in ('local', 'off');
end
$$;
