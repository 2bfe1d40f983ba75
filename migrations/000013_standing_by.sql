-- The units (bot:<account id>, collector:<name>) that a launcher would take over if their holder, on another host, were gone.
alter table launchers add column standing_by text[] not null default '{}';
