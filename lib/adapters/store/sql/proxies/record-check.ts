import { exitKeyOf } from "../../../../domain/ip.ts";
import type { ProxyCheck } from "../../../../domain/proxy/proxy-check.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

// What failed moves the last known exit of nobody.
const text = `with gone as (
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
  await session.query({ text, values });
}
