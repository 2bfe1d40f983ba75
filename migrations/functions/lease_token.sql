-- The next token, drawn under the lock of what it is for. The era stands in front, so that one that a fail-over forgot is never
-- given again: 2^40 tokens in each of 2^13 eras, below 2^53.
create or replace function lease_token() returns bigint language sql set search_path from current as $$
  select ((base + lease_timeline()) << 40) + nextval('lease_tokens') from lease_world
$$;
