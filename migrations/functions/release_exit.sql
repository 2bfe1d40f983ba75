-- Frees this exit and those that its run took before it; whenever it arrives, never one that was taken since.
create or replace function release_exit(p_run uuid, p_token bigint) returns void language plpgsql set search_path from current as $$
begin
  perform lease_guard();
  perform 1 from leases where run_id = p_run for update;
  delete from exit_leases where run_id = p_run and token <= p_token;
end
$$;
