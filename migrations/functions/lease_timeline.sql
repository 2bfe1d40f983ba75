-- The server's present timeline; each promotion of a standby begins one. It is read from the WAL that is being written, because
-- pg_control has it only from the first checkpoint on.
create or replace function lease_timeline() returns bigint
language sql as $$
  select ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
$$;
