import type { Assignment, AssignmentStatus } from "../../domain/assignment.ts";
import type { Instant } from "../../domain/time.ts";
import type { AssignmentVerdict, Change } from "../../domain/verdict/change.ts";
import { addFailure, recover } from "../cooldown.ts";
import type { VerdictFacts } from "./facts.ts";

type AssignmentChange = Extract<Change, { readonly on: "assignment" }>;

/** One failure more, after the clean time before it was credited; undefined where no account asked. */
export function failureFor(
  { assignment }: VerdictFacts,
  { cleanMs, random01, now }: { readonly cleanMs: number; readonly random01: number; readonly now: Instant },
): AssignmentChange | undefined {
  if (assignment === undefined) return undefined;
  return changeOf(assignment, addFailure(recover(verdictOf(assignment), cleanMs), now, random01), now);
}

/** The account is on it now: from a cooldown it comes back on probation. */
export function afterTaking({ assignment }: VerdictFacts, now: Instant): readonly Change[] {
  if (assignment === undefined) return [];
  const verdict = verdictOf(assignment);
  const status = recover(verdict, 0).status === "probation" ? "probation" : "active";
  const change = changeOf(assignment, { ...verdict, status }, now);
  return [{ ...change, next: { ...change.next, lastLeasedAt: now } }];
}

/** Held cleanly for long enough: the probation is over. */
export function probationOver({ assignment }: VerdictFacts, now: Instant): readonly Change[] {
  if (assignment?.status !== "probation") return [];
  return [
    changeOf(assignment, { ...verdictOf(assignment), status: "active", cooldownUntil: undefined }, now),
  ];
}

/** Left without blame: clean time on it is credited, and it stands by. */
export function afterRelease({ assignment }: VerdictFacts, cleanMs: number, now: Instant): readonly Change[] {
  if (assignment === undefined) return [];
  return [changeOf(assignment, { ...recover(verdictOf(assignment), cleanMs), status: "standby" }, now)];
}

/** Left because a venue refused it: its summary says until when; without a time only an operator brings it back. */
export function afterBurn(
  { assignment }: VerdictFacts,
  { untilAt, cleanMs }: { readonly untilAt: Instant | undefined; readonly cleanMs: number },
  now: Instant,
): readonly Change[] {
  if (assignment === undefined) return [];
  const verdict = recover(verdictOf(assignment), cleanMs);
  return [changeOf(assignment, { ...verdict, status: "burned", cooldownUntil: untilAt }, now)];
}

// What an operator or another verdict has set aside meanwhile keeps its status and its cooldown.
function changeOf(assignment: Assignment, wanted: AssignmentVerdict, now: Instant): AssignmentChange {
  const expected = verdictOf(assignment);
  const isLoss = lostStatuses.includes(wanted.status);
  const isKept = setAside.includes(expected.status) || (isOut(expected, now) && !isLoss);
  const next = isKept ? { ...expected, failures: wanted.failures } : wanted;
  return { on: "assignment", id: assignment.id, expected, next };
}

const lostStatuses: readonly AssignmentStatus[] = ["cooling", "burned", "quarantined"];
const setAside: readonly AssignmentStatus[] = ["disabled", "held", "quarantined"];

function isOut({ status, cooldownUntil }: AssignmentVerdict, now: Instant): boolean {
  if (status !== "cooling" && status !== "burned") return false;
  return cooldownUntil === undefined || cooldownUntil > now;
}

function verdictOf({ status, failures, cooldownUntil }: Assignment): AssignmentVerdict {
  return { status, failures, cooldownUntil };
}
