-- The name that initdb gave this server. A standby has its primary's; a restored dump lies on a server of another name.
create or replace function lease_server() returns text
language sql as $$
  select control.system_identifier::text from pg_control_system() control
$$;
