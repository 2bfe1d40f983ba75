import type { Assignment } from "../../../../domain/assignment.ts";
import type { AccountStore } from "../../../../ports/store/account-store.ts";
import { rowAt } from "../decode.ts";
import type { Session } from "../session.ts";
import { decodeAssignment } from "./assignment-row.ts";

const text = `select to_jsonb(s) as assignment
  from launch.account_proxy_assignments s
  where ($1::uuid is null or s.account_id = $1) and ($2::uuid is null or s.proxy_id = $2)
  order by s.account_id, s.priority, s.id`;

/** Lists assignments, those of one account or of one proxy when asked, preferred ones first. */
export async function listAssignments(
  session: Session,
  filter: Parameters<AccountStore["assignments"]>[0] = {},
): Promise<readonly Assignment[]> {
  const values = [filter.accountId, filter.proxyId];
  const rows = await session.query({ text, values, isRepeatable: true });
  return rows.map((row) => decodeAssignment(rowAt(row, "assignment")));
}
