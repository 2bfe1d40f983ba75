import type { Change } from "../../../../domain/verdict/change.ts";
import { historyStore } from "../history.ts";
import { assignmentStore, changeAssignment } from "../pool/assignments.ts";
import { changeHealth, recordCheck } from "../pool/health.ts";
import { changeProxy } from "../pool/proxies.ts";
import { keepIncident } from "../reputation/incidents.ts";
import { changeAcceptance, changeReputation } from "../reputation/reputations.ts";
import type { Session } from "../session.ts";

/**
 * Writes each change where its row is still as expected, with its event; gives back those that were dropped. The session is a
 * transaction's. A row that somebody changes at this moment is waited for and then compared, so that whoever wrote first wins.
 */
export async function applyChanges(session: Session, changes: readonly Change[]): Promise<readonly Change[]> {
  const dropped: Change[] = [];
  for (const change of changes) {
    // Only the beginning of an incident is told: it is seen again and again.
    if (change.on === "incident" && !(await keepIncident(session, change.next))) continue;
    if (!(await write(session, change))) dropped.push(change);
    else if ("event" in change && change.event !== undefined)
      await historyStore(session).append(change.event);
  }
  return dropped;
}

async function write(session: Session, change: Change): Promise<boolean> {
  switch (change.on) {
    case "assignment":
      return changeAssignment(session, change);
    case "proxy":
      return changeProxy(session, change);
    case "health":
      return changeHealth(session, change);
    case "check":
      await recordCheck(session, change.check);
      if (change.assignmentId !== undefined)
        await assignmentStore(session).updateAssignment(change.assignmentId, {
          lastCheckedAt: change.check.at,
        });
      return true;
    case "incident":
    case "history":
      return true;
    case "reputation":
      return changeReputation(session, change);
    case "acceptance":
      return changeAcceptance(session, change);
    default:
      return change satisfies never;
  }
}
