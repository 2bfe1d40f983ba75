import type { RunId } from "../../../../domain/ids.ts";
import type { LeaseResource } from "../../../../domain/run/lease.ts";
import type { Session } from "../session.ts";

const text = `update launch.leases set holder = null, launcher = null, token = token + 1
  where resource = $2 and holder = $1`;

/** Frees the row at once when it is still this run's. */
export async function releaseLease(session: Session, runId: RunId, resource: LeaseResource): Promise<void> {
  await session.query({ text, values: [runId, resource], isRepeatable: true });
}
