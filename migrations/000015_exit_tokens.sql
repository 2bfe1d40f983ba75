-- The token of the exit that the lease's run took last, while it has it. It is written with the exit, so a fail-over that forgot the
-- taking forgot it too, and the holder misses it at its next renewal.
alter table leases add column exit_token bigint;
