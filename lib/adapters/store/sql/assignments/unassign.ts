import type { AccountId, ProxyId } from "../../../../domain/ids.ts";
import type { Session } from "../session.ts";

const text =
  "delete from launch.account_proxy_assignments where account_id = $1 and proxy_id = $2 returning id";

/** Removes the assignment; false when there was none. */
export async function unassign(session: Session, accountId: AccountId, proxyId: ProxyId): Promise<boolean> {
  const rows = await session.query({ text, values: [accountId, proxyId] });
  return rows.length > 0;
}
