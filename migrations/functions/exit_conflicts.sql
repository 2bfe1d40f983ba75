-- Whether a held exit is closed to this account: another account has it, not of the same group, at a venue of both. The venue
-- `any` meets every other.
create or replace function exit_conflicts(
  held exit_leases, p_account uuid, p_group text, p_venues text[]
) returns boolean language sql immutable as $$
  select p_account <> held.account_id
    and (p_group = held.group_name) is not true
    and (held.venue = 'any' or p_venues && array[held.venue, 'any'])
$$;
