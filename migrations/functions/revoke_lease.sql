-- Takes a lease from a launcher that lives. The slot stays taken, under a new token: the launcher misses the old one at its next
-- renewal, stops the run and gives the slot back. If it does not, a taker waits for one TTL of watching the new token. Renewals
-- meanwhile make no difference to that, because none of them names a revoked lease.
create or replace function revoke_lease(p_unit_key text, p_instance text) returns boolean
language plpgsql set search_path from current as $$
declare
  v_lease leases;
begin
  perform lease_guard();
  v_lease := lock_slot(p_unit_key, p_instance);
  update leases set token = lease_token(), is_revoked = true where run_id = v_lease.run_id and not is_revoked;
  return found;
end
$$;
