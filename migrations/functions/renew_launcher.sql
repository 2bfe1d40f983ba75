-- Renews all leases of a launcher by its one counter, and gives the tokens that it still has. Null: the launcher ended, or its
-- row was removed, and it must register under a new id.
create or replace function renew_launcher(p_id uuid) returns bigint[]
language plpgsql set search_path from current as $$
begin
  perform lease_guard();
  update launchers set renewals = renewals + 1, renewed_at = clock_timestamp()
    where id = p_id and ended_at is null;
  if not found then
    return null;
  end if;
  -- Not in the statement above: that may have waited for a taker, and reads by its snapshot from before the wait.
  return array(select token from leases where launcher_id = p_id and not is_revoked);
end
$$;
