-- Ends another launcher's lease by the same proof that would take it, for a caller that does not want it for itself.
create or replace function free_lease(p_unit_key text, p_instance text, p_seen jsonb) returns boolean
language plpgsql set search_path from current as $$
declare
  v_lease leases;
begin
  perform lease_guard();
  perform queue_takers(p_unit_key || ' ' || p_instance);
  v_lease := lock_slot(p_unit_key, p_instance);
  delete from leases l using launchers la
    where l.run_id = v_lease.run_id and la.id = l.launcher_id and lease_is_over(l, la, p_seen);
  return found;
end
$$;
