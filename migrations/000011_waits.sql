-- Until when a run that holds only waits, because a switch is allowed or a pause is over from then; null where it has no exit.
alter table runs add column waits_until timestamptz;
