-- Frees what a run of this launcher holds, revoked or not, and its exits with it.
create or replace function release_lease(p_run uuid, p_launcher uuid) returns void language plpgsql set search_path from current as $$
begin
  perform lease_guard();
  delete from leases where run_id = p_run and launcher_id = p_launcher;
end
$$;
