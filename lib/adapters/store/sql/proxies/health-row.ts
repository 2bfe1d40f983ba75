import type { ProxyId } from "../../../../domain/ids.ts";
import { type HealthState, healthKeptMs, type ProxyHealth } from "../../../../domain/proxy/proxy-health.ts";
import { instantAt, numberAt, optionalInstantAt, optionalNumberAt, textAt } from "../decode.ts";
import type { Row, Session } from "../session.ts";

/** Whether a row of `proxy_health h` still says something; by the database's own clock, since it decides nothing alone. */
export const isRecentHealth = `greatest(h.since, h.last_ok_at) > now() - interval '${healthKeptMs} ms'`;

const text = `select to_jsonb(h) as health from launch.proxy_health h
  where ($1::uuid is null or h.proxy_id = $1) and ${isRecentHealth}
  order by h.proxy_id, h.host_key`;

/** Lists what hosts have seen within the last days, of one proxy or of all. */
export async function listHealth(session: Session, id: ProxyId | undefined): Promise<readonly ProxyHealth[]> {
  const rows = await session.query({ text, values: [id], isRepeatable: true });
  return rows.map((row) => decodeHealth(row["health"] as Row));
}

/** Drops what every host has seen of a proxy. */
export async function forgetHealth(session: Session, id: ProxyId): Promise<void> {
  const text = "delete from launch.proxy_health where proxy_id = $1";
  await session.query({ text, values: [id], isRepeatable: true });
}

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
