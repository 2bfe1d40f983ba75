-- Locks what the rivals of a taker have, and the lease of the taker itself. Launchers come first, so that no renewal of a rival
-- can count between the comparison that follows and the commit. The taker's own launcher may go on renewing.
create or replace function lock_leases(p_rivals uuid[], p_own uuid) returns void
language plpgsql set search_path from current as $$
begin
  perform from launchers where id in (select launcher_id from leases where run_id = any (p_rivals))
    order by id for no key update;
  perform from leases where run_id = any (p_rivals || p_own) order by unit_key, instance for update;
end
$$;
