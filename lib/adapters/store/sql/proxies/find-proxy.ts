import type { Proxy } from "../../../../domain/proxy/proxy.ts";
import { rowAt } from "../decode.ts";
import type { Session } from "../session.ts";
import { decodeProxy } from "./proxy-row.ts";

const text = "select to_jsonb(p) as proxy from launch.network_proxies p where p.label = $1";

/** Finds a proxy by its label. */
export async function findProxy(session: Session, label: string): Promise<Proxy | undefined> {
  const [row] = await session.query({ text, values: [label], isRepeatable: true });
  return row && decodeProxy(rowAt(row, "proxy"));
}
