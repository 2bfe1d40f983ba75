-- Whether a held exit stands in the way: another account, without a shared group, at the same venue or with `any` on either side.
create or replace function exit_conflicts(held exit_leases, p_account uuid, p_group text, p_venues text[]) returns boolean
language sql immutable as $$
  select held.account_id <> p_account
     and not coalesce(held.group_name = p_group, false)
     and (held.venue = any (p_venues) or held.venue = 'any' or 'any' = any (p_venues))
$$;
