import type { LiveRun } from "../../../../ports/store/run-store.ts";
import { booleanAt, optionalNumberAt, rowAt } from "../decode.ts";
import type { Session } from "../session.ts";
import { decodeRun } from "./run-row.ts";

const text = `select to_jsonb(r) as run, l.resource is not null as holds_lease, l.ttl_ms,
    extract(epoch from clock_timestamp() - l.renewed_at) * 1000 as since_renewed_ms
  from launch.runs r
  left join lateral (
    select h.resource, h.ttl_ms, h.renewed_at from launch.leases h where h.holder = r.run_id
    order by h.renewed_at desc limit 1
  ) l on true
  where r.ended_at is null
  order by coalesce(r.account, r.collector) collate "C", r.started_at, r.run_id`;

/** Lists the runs that have not ended, with what is known of their lease. */
export async function listLiveRuns(session: Session): Promise<readonly LiveRun[]> {
  const rows = await session.query({ text, isRepeatable: true });
  return rows.map((row) => ({
    run: decodeRun(rowAt(row, "run")),
    holdsLease: booleanAt(row, "holds_lease"),
    sinceRenewedMs: optionalNumberAt(row, "since_renewed_ms"),
    ttlMs: optionalNumberAt(row, "ttl_ms"),
  }));
}
