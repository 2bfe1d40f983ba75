import type { LeaseRequest } from "../../../../ports/store/lease-store.ts";
import type { Session } from "../session.ts";

// A launcher that was killed, or lost the database, never ended its row; one that waits for the lease has none yet.
const text = `with abandoned as (
    update launch.runs r
    set phase = 'ended', ended_at = clock_timestamp(), ended_by = 'launcher', reason = 'another run took its lease'
    where r.ended_at is null and r.run_id <> $2
      and $1 in ('account:' || r.account_id::text, 'collector:' || r.collector)
      and not exists (select 1 from launch.leases l where l.holder = r.run_id)
    returning r.run_id
  )
  update launch.exit_uses u set until_at = clock_timestamp()
  from abandoned where u.run_id = abandoned.run_id and u.until_at is null`;

/** Ends the rows of the unit's earlier runs that hold no lease any more: whoever holds the unit's lease is its only run. */
export async function endAbandonedRuns(session: Session, { resource, owner }: LeaseRequest): Promise<void> {
  await session.query({ text, values: [resource, owner.runId], isRepeatable: true });
}
