-- Renews all leases of a launcher by its one counter, and gives the tokens that it still has, of leases and of the exits of their
-- runs. Null: the launcher ended, or its row was removed, and it must register under a new id.
create or replace function renew_leases(p_id uuid) returns jsonb
language plpgsql set search_path from current as $$
begin
  perform lease_guard();
  update launchers set renewals = renewals + 1, renewed_at = clock_timestamp()
    where id = p_id and ended_at is null;
  if not found then
    return null;
  end if;
  -- Not in the statement above: that may have waited for a taker, and reads by its snapshot from before the wait.
  return (
    select jsonb_build_object(
      'tokens', coalesce(jsonb_agg(token), '[]'),
      'exits', coalesce(jsonb_agg(exit_token) filter (where exit_token is not null), '[]'))
      from leases where launcher_id = p_id and not is_revoked);
end
$$;
