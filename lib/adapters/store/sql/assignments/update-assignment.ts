import type { AssignmentId } from "../../../../domain/ids.ts";
import type { AssignmentChange } from "../../../../ports/store/account-store.ts";
import { type ChangeColumns, setListOf } from "../change.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

const columns: ChangeColumns<AssignmentChange> = {
  status: (status) => [["status", status]],
  failures: (failures) => [["failures", failures]],
  cooldownUntil: (at) => [["cooldown_until", timestamp(at)]],
  lastCheckedAt: (at) => [["last_checked_at", timestamp(at)]],
  lastLeasedAt: (at) => [["last_leased_at", timestamp(at)]],
  priority: (priority) => [["priority", priority]],
};

/** Changes what the change names and nothing else. */
export async function updateAssignment(
  session: Session,
  id: AssignmentId,
  change: AssignmentChange,
): Promise<void> {
  const set = setListOf(change, columns);
  if (set === undefined) return;
  await session.query({
    text: `update launch.account_proxy_assignments set ${set.text} where id = $1`,
    values: [id, ...set.values],
    isRepeatable: true,
  });
}
