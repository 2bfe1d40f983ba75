import type { LeaseResource } from "../../../../domain/run/lease.ts";
import type { LeaseStore } from "../../../../ports/store/lease-store.ts";
import { numberAt, rowAt } from "../decode.ts";
import type { Session } from "../session.ts";
import { decodeOwner } from "./lease-owner.ts";

const text =
  "select to_jsonb(l) as lease from launch.leases l where l.resource = $1 and l.holder is not null";

/** Names who holds the resource now; undefined when it is free. */
export async function findHolder(
  session: Session,
  resource: LeaseResource,
): Promise<Awaited<ReturnType<LeaseStore["holder"]>>> {
  const [row] = await session.query({ text, values: [resource], isRepeatable: true });
  if (row === undefined) return undefined;
  const lease = rowAt(row, "lease");
  return {
    ...decodeOwner(lease),
    token: numberAt(lease, "token"),
    beat: numberAt(lease, "beat"),
    ttlMs: numberAt(lease, "ttl_ms"),
  };
}
