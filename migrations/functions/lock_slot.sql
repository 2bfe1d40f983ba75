-- Locks whoever has a slot and gives its lease as it is then; nulls when the slot is free. A lease that another run took while
-- this waited is not locked, and not given: its launcher is not the one that stands still.
create or replace function lock_slot(p_unit_key text, p_instance text) returns leases
language plpgsql set search_path from current as $$
declare
  v_lease leases;
begin
  select * into v_lease from leases where unit_key = p_unit_key and instance = p_instance;
  perform lock_leases(array[v_lease.run_id], null);
  select * into v_lease from leases
    where unit_key = p_unit_key and instance = p_instance and run_id = v_lease.run_id;
  return v_lease;
end
$$;
