import type { RunId } from "../../../../domain/ids.ts";
import type { Instant } from "../../../../domain/time.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

const text = "update launch.exit_uses set until_at = $2 where run_id = $1 and until_at is null";

/** Closes the run's open uses. */
export async function closeExitUse(session: Session, runId: RunId, at: Instant): Promise<void> {
  await session.query({ text, values: [runId, timestamp(at)], isRepeatable: true });
}
