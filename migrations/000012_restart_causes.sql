-- Why the last process of a run was started anew, in one word beside the sentence of `last_restart_reason`.
alter table runs add column last_restart_cause text;
