-- The units of a launcher that do not run there: an array of { "unitKey", "state": "waiting" or "failed", "why" }.
alter table launchers add column idle_units jsonb not null default '[]';
