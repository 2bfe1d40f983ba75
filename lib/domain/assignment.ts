import type { AccountId, AssignmentId, ProxyId } from "./ids.ts";
import type { Instant } from "./time.ts";

export const assignmentStatuses = [
  "standby",
  "active",
  "cooling",
  "probation",
  "burned",
  "quarantined",
  "held",
  "disabled",
] as const;
/** A readable summary; decisions read the facts beside it. */
export type AssignmentStatus = (typeof assignmentStatuses)[number];

/** The durable wish "this account may use this proxy, at this priority". */
export interface Assignment {
  readonly id: AssignmentId;
  readonly accountId: AccountId;
  readonly proxyId: ProxyId;
  /** Lower is preferred. */
  readonly priority: number;
  readonly status: AssignmentStatus;
  readonly lastCheckedAt: Instant | undefined;
  readonly failures: number;
  readonly cooldownUntil: Instant | undefined;
  readonly lastLeasedAt: Instant | undefined;
}
