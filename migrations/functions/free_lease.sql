-- Frees a lease of another launcher that is over by what the caller saw: a taking without an insertion.
create or replace function free_lease(p_unit_key text, p_instance text, p_seen jsonb) returns boolean
language plpgsql set search_path from current as $$
declare
  v_lease leases;
  v_rival launchers;
begin
  perform lease_guard();
  perform pg_advisory_xact_lock(hashtextextended(p_unit_key || ' ' || p_instance, 0));
  select * into v_lease from leases where unit_key = p_unit_key and instance = p_instance;
  select * into v_rival from launchers where id = v_lease.launcher_id for no key update;
  select * into v_lease from leases where unit_key = p_unit_key and instance = p_instance for update;
  if not found or not lease_is_over(v_lease, v_rival, p_seen) then
    return false;
  end if;
  delete from leases where unit_key = p_unit_key and instance = p_instance;
  return true;
end
$$;
