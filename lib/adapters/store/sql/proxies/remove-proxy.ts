import type { ProxyId } from "../../../../domain/ids.ts";
import type { Session } from "../session.ts";

const text = "delete from launch.network_proxies where id = $1";

/** Removes a proxy; its assignments and checks go with it, the rest of its history stays. */
export async function removeProxy(session: Session, id: ProxyId): Promise<void> {
  await session.query({ text, values: [id], isRepeatable: true });
}
