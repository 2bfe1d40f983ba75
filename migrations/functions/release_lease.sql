-- Gives back the lease of a run and all its exits; a revoked one too, which is how its slot becomes free. Only the launcher that
-- holds a lease gives it back: for anybody else free_lease() asks for a proof.
create or replace function release_lease(p_run uuid, p_launcher uuid) returns void
language plpgsql set search_path from current as $$
begin
  perform lease_guard();
  delete from leases where launcher_id = p_launcher and run_id = p_run;
end
$$;
