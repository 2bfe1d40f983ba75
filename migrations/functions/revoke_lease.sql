-- Takes a lease from a launcher that lives. Nobody has it until that launcher gives it back, or a taker has watched the new token
-- for a whole TTL; renewals do not count there, since none after the revocation can extend it.
create or replace function revoke_lease(p_unit_key text, p_instance text) returns boolean
language plpgsql set search_path from current as $$
declare
  v_lease leases;
begin
  perform lease_guard();
  select * into v_lease from leases where unit_key = p_unit_key and instance = p_instance;
  perform 1 from launchers where id = v_lease.launcher_id for no key update;
  update leases set is_revoked = true, token = lease_token()
    where unit_key = p_unit_key and instance = p_instance and token = v_lease.token and not is_revoked;
  return found;
end
$$;
