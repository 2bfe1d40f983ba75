import type { RunId } from "../../../../domain/ids.ts";
import type { LeaseResource } from "../../../../domain/run/lease.ts";
import type { Session } from "../session.ts";

// The lease row is locked before the exit rows, as every other writer does: no deadlock.
const text = `with freed as (
    update launch.leases set holder = null, launcher = null, token = token + 1
    where resource = $2 and holder = $1
    returning resource
  )
  delete from launch.exit_leases where holder = $1 and exists (select from freed)`;

/** Frees the row at once when it is still this run's, and with it every exit of the run. */
export async function releaseLease(session: Session, runId: RunId, resource: LeaseResource): Promise<void> {
  await session.query({ text, values: [runId, resource], isRepeatable: true });
}
