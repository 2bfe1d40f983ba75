import type { Proxy } from "../../../../domain/proxy/proxy.ts";
import { rowAt } from "../decode.ts";
import type { Session } from "../session.ts";
import { decodeProxy } from "./proxy-row.ts";

const text = `select to_jsonb(p) as proxy from launch.network_proxies p order by p.label collate "C"`;

/** Lists all proxies by label. */
export async function listProxies(session: Session): Promise<readonly Proxy[]> {
  const rows = await session.query({ text, isRepeatable: true });
  return rows.map((row) => decodeProxy(rowAt(row, "proxy")));
}
