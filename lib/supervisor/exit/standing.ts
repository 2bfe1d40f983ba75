import type { AssignmentStatus } from "../../domain/assignment.ts";
import type { AccountId, AssignmentId } from "../../domain/ids.ts";
import type { Instant } from "../../domain/time.ts";
import type { Standing } from "../../policy/cooldown.ts";
import type { AssignmentChange } from "../../ports/store/account-store.ts";
import type { RunBook } from "../unit/recorder.ts";

export interface StandingOf {
  readonly accountId: AccountId;
  readonly id: AssignmentId;
}

/**
 * Changes an assignment by what a run learned, on top of what is stored now: what an operator or another verdict has set
 * aside meanwhile (disabled, held, demoted …) keeps its status and its cooldown.
 */
export function writeStanding(
  book: RunBook,
  { accountId, id }: StandingOf,
  nowMs: Instant,
  change: (now: Standing) => AssignmentChange,
): void {
  book.write(async (store) => {
    const now = (await store.accounts.assignments({ accountId })).find((assignment) => assignment.id === id);
    if (now === undefined) return;
    const wanted = change(now);
    const { status, cooldownUntil: _until, ...others } = wanted;
    const isKept = setAside.includes(now.status) || (isOut(now, nowMs) && status !== "cooling");
    await store.accounts.updateAssignment(id, isKept ? others : wanted);
  });
}

const setAside: readonly AssignmentStatus[] = ["disabled", "held", "quarantined"];

function isOut({ status, cooldownUntil }: Standing, nowMs: Instant): boolean {
  if (status !== "cooling" && status !== "burned") return false;
  return cooldownUntil === undefined || cooldownUntil > nowMs;
}
