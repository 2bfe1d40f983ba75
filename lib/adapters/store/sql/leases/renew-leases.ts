import type { LauncherId } from "../../../../domain/ids.ts";
import type { Lease, LeaseResource } from "../../../../domain/run/lease.ts";
import { textAt } from "../decode.ts";
import type { Session } from "../session.ts";

// Lease rows are locked before exit rows, each in the order of their keys, as every other writer does: no deadlock.
const text = `with wanted as (
    select * from unnest($2::text[], $3::uuid[], $4::bigint[]) as w (resource, holder, token)
  ), locked as (
    select l.resource from launch.leases l join wanted w on w.resource = l.resource
    where l.holder = w.holder and l.token = w.token and l.launcher = $1
    order by l.resource for update of l
  ), renewed as (
    update launch.leases l set beat = l.beat + 1, renewed_at = clock_timestamp()
    from locked k, wanted w
    where l.resource = k.resource and w.resource = l.resource and l.holder = w.holder and l.token = w.token
    returning l.resource, l.holder
  ), exits as (
    select e.exit_key, e.venue, e.account_id from launch.exit_leases e
    where e.launcher = $1 and e.holder in (select r.holder from renewed r)
    order by e.exit_key, e.venue, e.account_id for update of e
  ), exits_renewed as (
    update launch.exit_leases e set beat = nextval('launch.exit_lease_beats'), renewed_at = clock_timestamp()
    from exits k
    where e.exit_key = k.exit_key and e.venue = k.venue and e.account_id = k.account_id and e.launcher = $1
  )
  select resource from renewed order by resource`;

/** Renews the leases and exit leases of a launcher in one statement and names those that are still its own. */
export async function renewLeases(
  session: Session,
  launcherId: LauncherId,
  leases: readonly Lease[],
): Promise<readonly LeaseResource[]> {
  const values = [
    launcherId,
    leases.map((lease) => lease.resource),
    leases.map((lease) => lease.runId),
    leases.map((lease) => lease.token),
  ];
  const rows = await session.query({ text, values, isRepeatable: true });
  return rows.map((row) => textAt(row, "resource") as LeaseResource);
}
