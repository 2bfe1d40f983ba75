import type { RunId } from "../../../../domain/ids.ts";
import type { RunChange } from "../../../../domain/run/run.ts";
import { setListOf } from "../change.ts";
import type { Session } from "../session.ts";
import { runChangeColumns } from "./run-change.ts";

/** Changes what the change names and nothing else. */
export async function updateRun(session: Session, id: RunId, change: RunChange): Promise<void> {
  const set = setListOf(change, runChangeColumns);
  if (set === undefined) return;
  await session.query({
    text: `update launch.runs set ${set.text} where run_id = $1`,
    values: [id, ...set.values],
    isRepeatable: true,
  });
}
