import type { ProxyId } from "../../../../domain/ids.ts";
import { exitKeyOf } from "../../../../domain/ip.ts";
import type { ProxyCheck } from "../../../../domain/proxy/proxy-check.ts";
import { type HealthState, healthKeptMs, type ProxyHealth } from "../../../../domain/proxy/proxy-health.ts";
import type { Change } from "../../../../domain/verdict/change.ts";
import type { ProxyStore } from "../../../../ports/store/proxy-store.ts";
import { instantAt, numberAt, optionalInstantAt, optionalNumberAt, textAt, timestamp } from "../decode.ts";
import { hasChanged, type Row, readRows, type Session, send } from "../session.ts";

/** What hosts saw of proxies: each check, and what follows from them. */
export function healthStore(session: Session): Pick<ProxyStore, "recordCheck" | "health" | "forgetHealth"> {
  return {
    recordCheck: (check) => recordCheck(session, check),
    health: (id) => readRows(session, { text: listText, values: [id] }, decodeHealth),
    forgetHealth: (id) => send(session, "delete from launch.proxy_health where proxy_id = $1", [id]),
  };
}

/**
 * Whether a row of `proxy_health h` still says something; by the database's own clock, since it decides nothing alone. A row
 * without a state, of a probe that was only claimed, says nothing.
 */
export const isRecentHealth = `greatest(h.since, h.last_ok_at) > now() - interval '${healthKeptMs} ms'`;

const listText = `select to_jsonb(h) as row from launch.proxy_health h
  where ($1::uuid is null or h.proxy_id = $1) and ${isRecentHealth}
  order by h.proxy_id, h.host_key`;

/** Reads a row of `proxy_health`. */
export function decodeHealth(row: Row): ProxyHealth {
  return {
    proxyId: textAt(row, "proxy_id") as ProxyId,
    hostKey: textAt(row, "host_key"),
    state: textAt(row, "state") as HealthState,
    since: instantAt(row, "since"),
    failures: numberAt(row, "failures"),
    nextProbeAt: optionalInstantAt(row, "next_probe_at"),
    lastOkAt: optionalInstantAt(row, "last_ok_at"),
    latencyMs: optionalNumberAt(row, "latency_ms"),
  };
}

// What failed moves the last known exit of nobody.
const checkText = `with gone as (
    delete from launch.proxy_checks where proxy_id = $1 and at < $9::timestamptz - interval '30 days'
  ), proven as (
    update launch.network_proxies set last_exit_ip = $7, last_exit_key = $10, last_exit_at = $9
    where id = $1 and $4 and $7::inet is not null and (last_exit_at is null or last_exit_at <= $9)
  )
  insert into launch.proxy_checks (proxy_id, run_id, kind, is_ok, reason, latency_ms, exit_ip, country, at)
  select $1, $2, $3, $4, $5, $6, $7, $8, $9
  where exists (select 1 from launch.network_proxies where id = $1)`;

/** Stores one probe or proof and drops the proxy's checks older than 30 days; nothing when the proxy was removed meanwhile. */
export async function recordCheck(session: Session, check: ProxyCheck): Promise<void> {
  const { proxyId, runId, kind, isOk, reason, latencyMs, exitIp, country, at } = check;
  const key = exitIp === undefined ? undefined : exitKeyOf(exitIp);
  const latency = latencyMs === undefined ? undefined : Math.round(latencyMs);
  const values = [proxyId, runId, kind, isOk, reason, latency, exitIp, country, timestamp(at), key];
  await session.query({ text: checkText, values });
}

// Rows of hosts that are silent for long go at the same time; the one that is written now is never among them.
const changeText = `with gone as (
    delete from launch.proxy_health h
      where h.host_key <> $2 and coalesce(greatest(h.since, h.last_ok_at), h.next_probe_at) < now() - interval '${healthKeptMs} ms'
  )
  insert into launch.proxy_health as h (proxy_id, host_key, state, since, failures, next_probe_at, last_ok_at, latency_ms)
  select id, $2, $4, $5, $6, $7, $8, $9 from launch.network_proxies where id = $1
  on conflict (proxy_id, host_key) do update set
    state = excluded.state, since = excluded.since, failures = excluded.failures, next_probe_at = excluded.next_probe_at,
    last_ok_at = excluded.last_ok_at, latency_ms = excluded.latency_ms
    where h.state is not distinct from $3 or greatest(h.since, h.last_ok_at) < now() - interval '${healthKeptMs} ms'
  returning h.proxy_id`;

/** Writes what this host sees of a proxy; false where another process of this host has written meanwhile, or the proxy is gone. */
export async function changeHealth(
  session: Session,
  { expected, next }: Extract<Change, { readonly on: "health" }>,
): Promise<boolean> {
  const { proxyId, hostKey, state, since, failures, nextProbeAt, lastOkAt, latencyMs } = next;
  const times = [timestamp(nextProbeAt), timestamp(lastOkAt)];
  const latency = latencyMs === undefined ? undefined : Math.round(latencyMs);
  const values = [proxyId, hostKey, expected, state, timestamp(since), failures, ...times, latency];
  return hasChanged(session, changeText, values);
}
