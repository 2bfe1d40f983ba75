import type { ProxyId } from "../../../../domain/ids.ts";
import type { ExitIp } from "../../../../domain/ip.ts";
import type { Session } from "../session.ts";

const text = `update launch.network_proxies set expected_ip = $2, expected_ip_source = 'first-proof'
  where id = $1 and expected_ip is null
  returning id`;

/** Pins the first proof; false when an expected IP is known already. */
export async function pinExpectedIp(session: Session, id: ProxyId, exitIp: ExitIp): Promise<boolean> {
  const rows = await session.query({ text, values: [id, exitIp] });
  return rows.length > 0;
}
