import type { Assignment, AssignmentStatus } from "../../../../domain/assignment.ts";
import type { AccountId, AssignmentId, ProxyId } from "../../../../domain/ids.ts";
import { numberAt, optionalInstantAt, textAt } from "../decode.ts";
import type { Row } from "../session.ts";

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
