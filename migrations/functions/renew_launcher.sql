-- Renews everything that a launcher holds; gives the tokens that are still its own, null when its row is gone or ended.
-- The second statement sees every taking that the first one waited for; both in one statement would not.
create or replace function renew_launcher(p_id uuid) returns bigint[] language plpgsql set search_path from current as $$
begin
  perform lease_guard();
  update launchers set renewals = renewals + 1, renewed_at = clock_timestamp() where id = p_id and ended_at is null;
  if not found then
    return null;
  end if;
  return (select coalesce(array_agg(l.token), '{}') from leases l where l.launcher_id = p_id and not l.is_revoked);
end
$$;
