-- Draws a token; the caller has locked what it is for, else the greater one could be written first. A standby that takes over may
-- have forgotten how far the sequence came, so the era leads. 2^13 eras of 2^40 tokens: JavaScript counts exactly up to 2^53.
create or replace function lease_token() returns bigint
language sql set search_path from current as $$
  select (lease_era() << 40) + nextval('lease_tokens')
$$;
