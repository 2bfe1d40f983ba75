import type { FleetStage } from "./fleet-stage.ts";

/** Has the database note what is written of runs whose lease another run has, and every token that was ever given to a launcher. */
export async function noteStaleWrites({ rows }: Pick<FleetStage, "rows">): Promise<void> {
  await rows(`
create table if not exists public.stale (at timestamptz default clock_timestamp(), run_id uuid, what text);
create table if not exists public.granted (launcher_id uuid, token bigint);
grant select on public.granted to launch;
create or replace function public.note_grant() returns trigger language plpgsql security definer as $$
begin
  insert into public.granted select new.launcher_id, token from unnest(array[new.token, new.exit_token]) token where token is not null;
  return new;
end $$;
create or replace function public.note_run() returns trigger language plpgsql security definer as $$
begin
  if tg_op = 'UPDATE' and old.ended_at is not null then
    insert into public.stale (run_id, what) values (new.run_id, 'a run that had ended became ' || new.phase);
  elsif new.ended_at is null and exists (
      select from launch.leases l join launch.runs r on r.run_id = l.run_id
      where l.unit_key = new.unit_key and l.instance = '' and l.run_id <> new.run_id) then
    insert into public.stale (run_id, what) values (new.run_id, 'was written as ' || new.phase || ' while another run had its lease');
  end if;
  return new;
end $$;
create or replace function public.note_use() returns trigger language plpgsql security definer as $$
begin
  if not exists (select from launch.exit_leases e where e.run_id = new.run_id and e.exit_key = new.exit_key) then
    insert into public.stale (run_id, what) values (new.run_id, 'used ' || new.exit_key || ' without its lease');
  end if;
  return new;
end $$;
drop trigger if exists note_grant on launch.leases;
create trigger note_grant after insert or update on launch.leases for each row execute function public.note_grant();
drop trigger if exists note_run on launch.runs;
create trigger note_run before insert or update on launch.runs for each row execute function public.note_run();
drop trigger if exists note_use on launch.exit_uses;
create trigger note_use before insert on launch.exit_uses for each row execute function public.note_use();
truncate public.stale`);
}

/** What was noted since. */
export async function staleWrites({ rows }: Pick<FleetStage, "rows">): Promise<readonly string[]> {
  const found = await rows<{ run: string; what: string }>(
    "select left(run_id::text, 8) as run, what from public.stale order by at",
  );
  return found.map(({ run, what }) => `run ${run} ${what}`);
}
