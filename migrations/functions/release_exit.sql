-- Gives back an exit, and whatever the run took before it. A release may arrive late, when the run has its next exit already:
-- that one has a greater token and stays.
create or replace function release_exit(p_run uuid, p_token bigint) returns void
language plpgsql set search_path from current as $$
begin
  perform lease_guard();
  perform lock_leases('{}', p_run);
  delete from exit_leases where token <= p_token and run_id = p_run;
  update leases set exit_token = null where run_id = p_run and exit_token <= p_token;
end
$$;
