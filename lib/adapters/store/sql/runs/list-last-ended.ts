import type { Run } from "../../../../domain/run/run.ts";
import { rowAt } from "../decode.ts";
import type { Session } from "../session.ts";
import { decodeRun } from "./run-row.ts";

const text = `select to_jsonb(r) as run
  from (select distinct on (account, collector) * from launch.runs order by account, collector, started_at desc, run_id) r
  where not exists (
    select 1 from launch.runs live
    where live.ended_at is null
      and live.account is not distinct from r.account and live.collector is not distinct from r.collector
  )
  order by coalesce(r.account, r.collector) collate "C"`;

/** Lists the newest run of each account or collector that has no live one. */
export async function listLastEnded(session: Session): Promise<readonly Run[]> {
  const rows = await session.query({ text, isRepeatable: true });
  return rows.map((row) => decodeRun(rowAt(row, "run")));
}
