import type { Incident } from "../../../../domain/reputation/incident.ts";
import { booleanAt, instantAt, textAt, timestamp } from "../decode.ts";
import { type Row, readRows, type Session } from "../session.ts";

/** The incidents that are not over. */
export function listIncidents(session: Session): Promise<readonly Incident[]> {
  const text = `select to_jsonb(i) as row from launch.incidents i
    where i.until_at > statement_timestamp() order by i.kind, i.name collate "C"`;
  return readRows(session, { text }, decodeIncident);
}

/** Reads a row of `incidents`. */
export function decodeIncident(row: Row): Incident {
  return {
    kind: textAt(row, "kind") as Incident["kind"],
    name: textAt(row, "name"),
    since: instantAt(row, "since"),
    untilAt: instantAt(row, "until_at"),
    why: textAt(row, "why"),
  };
}

const keepText = `with open as (
    select from launch.incidents where kind = $1 and name = $2 and until_at > statement_timestamp()
  )
  insert into launch.incidents as i (kind, name, since, until_at, why) values ($1, $2, $3, $4, $5)
  on conflict (kind, name) do update set
    since = case when i.until_at > statement_timestamp() then i.since else excluded.since end,
    until_at = greatest(i.until_at, excluded.until_at), why = excluded.why
  returning not exists (select from open) as is_new`;

/** Opens an incident, or keeps an open one open for longer; true when it is new. */
export async function keepIncident(session: Session, incident: Incident): Promise<boolean> {
  const { kind, name, since, untilAt, why } = incident;
  const values = [kind, name, timestamp(since), timestamp(untilAt), why];
  const [row] = await session.query({ text: keepText, values });
  return booleanAt(row ?? {}, "is_new");
}
