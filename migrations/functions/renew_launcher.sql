-- What `renew_leases` gives of leases: programs of before exits were watched ask so.
create or replace function renew_launcher(p_id uuid) returns bigint[]
language plpgsql set search_path from current as $$
declare
  v_renewed jsonb := renew_leases(p_id);
begin
  if v_renewed is null then
    return null;
  end if;
  return array(select token::bigint from jsonb_array_elements_text(v_renewed -> 'tokens') token);
end
$$;
