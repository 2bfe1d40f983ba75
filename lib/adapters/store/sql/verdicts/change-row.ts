import type { AssignmentId } from "../../../../domain/ids.ts";
import { healthKeptMs } from "../../../../domain/proxy/proxy-health.ts";
import type { Instant } from "../../../../domain/time.ts";
import type { Change } from "../../../../domain/verdict/change.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

type On<K extends Change["on"]> = Extract<Change, { readonly on: K }>;

// Instants are milliseconds here; a row that SQL wrote by hand may hold finer ones.
const sameCooldown = "date_trunc('milliseconds', cooldown_until) is not distinct from $4::timestamptz";

const assignmentText = `update launch.account_proxy_assignments
  set status = $5, failures = $6, cooldown_until = $7, last_leased_at = coalesce($8, last_leased_at)
  where id = $1 and status = $2 and failures = $3 and ${sameCooldown}
  returning id`;

/** Writes a verdict on an assignment; false where it is not as expected any more. */
export async function changeAssignment(session: Session, change: On<"assignment">): Promise<boolean> {
  const { id, expected, next } = change;
  const was = [expected.status, expected.failures, timestamp(expected.cooldownUntil)];
  const wanted = [next.status, next.failures, timestamp(next.cooldownUntil), timestamp(next.lastLeasedAt)];
  const rows = await session.query({ text: assignmentText, values: [id, ...was, ...wanted] });
  return rows.length > 0;
}

const proxyText = `update launch.network_proxies
  set state = $4, state_since = $5, next_probe_at = $6, expected_ip = coalesce(expected_ip, $7::inet),
      expected_ip_source = case when expected_ip is null and $7::inet is not null then 'first-proof' else expected_ip_source end
  where id = $1 and state = $2 and revision = $3
  returning id`;

/** Writes what holds of a proxy on every host; false where it was edited, disabled or judged meanwhile. */
export async function changeProxy(
  session: Session,
  { id, expected, next, pin }: On<"proxy">,
): Promise<boolean> {
  const wanted = [next.state, timestamp(next.stateSince), timestamp(next.nextProbeAt), pin];
  const rows = await session.query({
    text: proxyText,
    values: [id, expected.state, expected.revision, ...wanted],
  });
  return rows.length > 0;
}

// Rows of hosts that are silent for long go at the same time; the one that is written now is never among them.
const healthText = `with gone as (
    delete from launch.proxy_health h
      where h.host_key <> $2 and greatest(h.since, h.last_ok_at) < now() - interval '${healthKeptMs} ms'
  )
  insert into launch.proxy_health as h (proxy_id, host_key, state, since, failures, next_probe_at, last_ok_at, latency_ms)
  select id, $2, $4, $5, $6, $7, $8, $9 from launch.network_proxies where id = $1
  on conflict (proxy_id, host_key) do update set
    state = excluded.state, since = excluded.since, failures = excluded.failures, next_probe_at = excluded.next_probe_at,
    last_ok_at = excluded.last_ok_at, latency_ms = excluded.latency_ms
    where h.state = $3 or greatest(h.since, h.last_ok_at) < now() - interval '${healthKeptMs} ms'
  returning h.proxy_id`;

/** Writes what this host sees of a proxy; false where another process of this host has written meanwhile, or the proxy is gone. */
export async function changeHealth(session: Session, { expected, next }: On<"health">): Promise<boolean> {
  const { proxyId, hostKey, state, since, failures, nextProbeAt, lastOkAt, latencyMs } = next;
  const times = [timestamp(nextProbeAt), timestamp(lastOkAt)];
  const latency = latencyMs === undefined ? undefined : Math.round(latencyMs);
  const values = [proxyId, hostKey, expected, state, timestamp(since), failures, ...times, latency];
  return (await session.query({ text: healthText, values })).length > 0;
}

/** When an assignment was last looked at. */
export async function markChecked(session: Session, id: AssignmentId, at: Instant): Promise<void> {
  const text = "update launch.account_proxy_assignments set last_checked_at = $2 where id = $1";
  await session.query({ text, values: [id, timestamp(at)] });
}
