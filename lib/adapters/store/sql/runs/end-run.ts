import type { RunId } from "../../../../domain/ids.ts";
import type { RunStore } from "../../../../ports/store/run-store.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

const text = `update launch.runs set phase = 'ended', ended_at = $2, ended_by = $3, exit_code = $4, reason = $5
  where run_id = $1 and ended_at is null`;

/** Marks a run as ended; the first end stands. */
export async function endRun(
  session: Session,
  id: RunId,
  end: Parameters<RunStore["end"]>[1],
): Promise<void> {
  const values = [id, timestamp(end.at), end.by, end.exitCode, end.reason];
  await session.query({ text, values, isRepeatable: true });
}
