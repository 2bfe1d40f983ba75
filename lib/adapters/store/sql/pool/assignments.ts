import type { Assignment, AssignmentStatus } from "../../../../domain/assignment.ts";
import type { AccountId, AssignmentId, ProxyId } from "../../../../domain/ids.ts";
import type { Change } from "../../../../domain/verdict/change.ts";
import { InternalError } from "../../../../errors.ts";
import type { AccountStore } from "../../../../ports/store/account-store.ts";
import { asColumns, asJson, updateRow } from "../change.ts";
import { numberAt, optionalInstantAt, textAt, timestamp } from "../decode.ts";
import { hasChanged, type Row, readRows, type Session } from "../session.ts";

type AssignmentStore = Pick<
  AccountStore,
  "assign" | "assignMany" | "unassign" | "assignments" | "updateAssignment"
>;

/** Which account may use which proxy. */
export function assignmentStore(session: Session): AssignmentStore {
  return {
    assign: async ({ id, accountId, proxyId, priority }) => {
      const values = [id, accountId, proxyId, priority];
      const [row] = await readRows(session, { text: assignText, values }, decodeAssignment);
      if (row === undefined) throw new InternalError("store-assign", "An assignment came back without a row");
      return row;
    },
    assignMany: async (assignments) => {
      if (assignments.length === 0) return;
      await session.query({ text: assignManyText, values: [asJson(assignments.map(asColumns))] });
    },
    unassign: (accountId, proxyId) => hasChanged(session, unassignText, [accountId, proxyId]),
    assignments: ({ accountId, proxyId } = {}) =>
      readRows(session, { text: listText, values: [accountId, proxyId] }, decodeAssignment),
    updateAssignment: (id, change) =>
      updateRow(session, { where: "account_proxy_assignments where id", id }, asColumns(change)),
  };
}

const assignText = `insert into launch.account_proxy_assignments as s (id, account_id, proxy_id, priority)
  values ($1, $2, $3, $4)
  on conflict (account_id, proxy_id) do update set
    priority = excluded.priority,
    status = case when s.status = 'disabled' then 'standby' else s.status end
  returning to_jsonb(s) as row`;

// A pair that is there stays as it is: a repeated import must not bring back what an operator disabled.
const assignManyText = `insert into launch.account_proxy_assignments (id, account_id, proxy_id, priority)
  select id, account_id, proxy_id, priority
  from json_populate_recordset(null::launch.account_proxy_assignments, $1::json)
  on conflict (account_id, proxy_id) do nothing`;

const unassignText = `delete from launch.account_proxy_assignments
  where account_id = $1 and proxy_id = $2 returning id`;

const listText = `select to_jsonb(s) as row
  from launch.account_proxy_assignments s
  where ($1::uuid is null or s.account_id = $1) and ($2::uuid is null or s.proxy_id = $2)
  order by s.account_id, s.priority, s.id`;

/** Reads a row of `account_proxy_assignments`. */
export function decodeAssignment(row: Row): Assignment {
  return {
    id: textAt(row, "id") as AssignmentId,
    accountId: textAt(row, "account_id") as AccountId,
    proxyId: textAt(row, "proxy_id") as ProxyId,
    priority: numberAt(row, "priority"),
    status: textAt(row, "status") as AssignmentStatus,
    lastCheckedAt: optionalInstantAt(row, "last_checked_at"),
    failures: numberAt(row, "failures"),
    cooldownUntil: optionalInstantAt(row, "cooldown_until"),
    lastLeasedAt: optionalInstantAt(row, "last_leased_at"),
  };
}

// Instants are milliseconds here; a row that SQL wrote by hand may hold finer ones.
const sameCooldown = "date_trunc('milliseconds', cooldown_until) is not distinct from $4::timestamptz";

const changeText = `update launch.account_proxy_assignments
  set status = $5, failures = $6, cooldown_until = $7, last_leased_at = coalesce($8, last_leased_at)
  where id = $1 and status = $2 and failures = $3 and ${sameCooldown}
  returning id`;

/** Writes a verdict on an assignment; false where it is not as expected any more. */
export async function changeAssignment(
  session: Session,
  change: Extract<Change, { readonly on: "assignment" }>,
): Promise<boolean> {
  const { id, expected, next } = change;
  const was = [expected.status, expected.failures, timestamp(expected.cooldownUntil)];
  const wanted = [next.status, next.failures, timestamp(next.cooldownUntil), timestamp(next.lastLeasedAt)];
  return hasChanged(session, changeText, [id, ...was, ...wanted]);
}
