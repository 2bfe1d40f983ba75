import { InternalError } from "../../../../errors.ts";
import type { LeaseAttempt, LeaseRequest } from "../../../../ports/store/lease-store.ts";
import { numberAt, rowAt } from "../decode.ts";
import type { Row, Session } from "../session.ts";
import { endAbandonedRuns } from "./end-abandoned-runs.ts";
import { decodeOwner, ownerColumns } from "./lease-owner.ts";

// A null in the last line would let a row slip through or be refused by chance: `is not distinct from` never gives null,
// and a row never has a null token, so an unseen lease compares unequal.
const text = `with attempt as (
    insert into launch.leases as l (resource, token, beat, ttl_ms, acquired_at, renewed_at, holder, launcher,
                                    host, machine_id, boot_id, pid_ns, launcher_pid, launcher_start_ticks)
    values ($1, 1, 1, $2, clock_timestamp(), clock_timestamp(), $5, $6, $7, $8, $9, $10, $11, $12)
    on conflict (resource) do update set
      token = l.token + (l.holder is distinct from excluded.holder)::integer,
      beat = l.beat + 1,
      ttl_ms = excluded.ttl_ms,
      acquired_at = case when l.holder is distinct from excluded.holder then excluded.acquired_at else l.acquired_at end,
      renewed_at = excluded.renewed_at,
      holder = excluded.holder, launcher = excluded.launcher, host = excluded.host, machine_id = excluded.machine_id,
      boot_id = excluded.boot_id, pid_ns = excluded.pid_ns, launcher_pid = excluded.launcher_pid,
      launcher_start_ticks = excluded.launcher_start_ticks
    where l.holder is null or l.holder = excluded.holder
       or (l.token is not distinct from $3::bigint and l.beat is not distinct from $4::bigint)
    returning to_jsonb(l) as lease
  )
  select true as is_held, lease from attempt
  union all
  select false, to_jsonb(b) from launch.leases b where b.resource = $1 and not exists (select 1 from attempt)`;

/** Takes the row when it is free, already this run's, or exactly as `seen`; one statement. */
export async function acquireLease(session: Session, request: LeaseRequest): Promise<LeaseAttempt> {
  const { resource, ttlMs, seen, owner } = request;
  const values = [resource, ttlMs, seen?.token, seen?.beat, ...Object.values(ownerColumns(owner))];
  // A refused attempt shows the row as it was when the statement began, which may be free or absent by a hair: then ask again.
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const [row] = await session.query({ text, values, isRepeatable: true });
    const outcome = row && decodeAttempt(request, row);
    if (outcome?.kind === "held") await endAbandonedRuns(session, request);
    if (outcome !== undefined) return outcome;
  }
  throw new InternalError("store-acquire", `The lease ${resource} changed hands ten times in a row`);
}

function decodeAttempt({ resource, owner }: LeaseRequest, row: Row): LeaseAttempt | undefined {
  const lease = rowAt(row, "lease");
  const [token, beat, ttlMs] = [numberAt(lease, "token"), numberAt(lease, "beat"), numberAt(lease, "ttl_ms")];
  if (row["is_held"] === true) return { kind: "held", lease: { resource, runId: owner.runId, token, ttlMs } };
  if (lease["holder"] === null || lease["holder"] === owner.runId) return undefined;
  return { kind: "busy", owner: decodeOwner(lease), seen: { token, beat }, ttlMs };
}
