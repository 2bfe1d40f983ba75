-- Counts on over all servers and timelines that the leases have lived on.
create or replace function lease_era() returns bigint
language sql set search_path from current as $$
  select base + lease_timeline() from lease_world
$$;
