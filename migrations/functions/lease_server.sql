-- The server's own name; a restored dump lives on a server of another one.
create or replace function lease_server() returns text language sql as $$
  select system_identifier::text from pg_control_system()
$$;
