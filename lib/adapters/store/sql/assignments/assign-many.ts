import type { NewAssignment } from "../../../../ports/store/account-store.ts";
import type { Session } from "../session.ts";

// A pair that is there stays as it is: a repeated import must not bring back what an operator disabled.
const text = `insert into launch.account_proxy_assignments (id, account_id, proxy_id, priority)
  select id, account_id, proxy_id, priority
  from json_populate_recordset(null::launch.account_proxy_assignments, $1::json)
  on conflict (account_id, proxy_id) do nothing`;

/** Creates many assignments in one statement and leaves those that are there as they are. */
export async function assignMany(session: Session, assignments: readonly NewAssignment[]): Promise<void> {
  if (assignments.length === 0) return;
  const rows = assignments.map(({ id, accountId, proxyId, priority }) => ({
    id,
    account_id: accountId,
    proxy_id: proxyId,
    priority,
  }));
  await session.query({ text, values: [JSON.stringify(rows)] });
}
