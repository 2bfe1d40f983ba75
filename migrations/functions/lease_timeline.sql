-- The history of the server that this is; every promotion of a standby begins the next.
create or replace function lease_timeline() returns bigint language sql as $$
  select ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint
$$;
