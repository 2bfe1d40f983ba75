import type { Assignment } from "../../../../domain/assignment.ts";
import { InternalError } from "../../../../errors.ts";
import type { NewAssignment } from "../../../../ports/store/account-store.ts";
import { rowAt } from "../decode.ts";
import type { Session } from "../session.ts";
import { decodeAssignment } from "./assignment-row.ts";

const text = `insert into launch.account_proxy_assignments as s (id, account_id, proxy_id, priority)
  values ($1, $2, $3, $4)
  on conflict (account_id, proxy_id) do update set
    priority = excluded.priority,
    status = case when s.status = 'disabled' then 'standby' else s.status end
  returning to_jsonb(s) as assignment`;

/** Creates the assignment, or gives the present one the new priority and takes it out of `disabled`. */
export async function assign(session: Session, assignment: NewAssignment): Promise<Assignment> {
  const { id, accountId, proxyId, priority } = assignment;
  const [row] = await session.query({ text, values: [id, accountId, proxyId, priority], isRepeatable: true });
  if (row === undefined) throw new InternalError("store-assign", "An assignment came back without a row");
  return decodeAssignment(rowAt(row, "assignment"));
}
