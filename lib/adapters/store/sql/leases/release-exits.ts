import type { RunId } from "../../../../domain/ids.ts";
import type { Session } from "../session.ts";

const text = "delete from launch.exit_leases where holder = $1";

/** Frees all exits that the run holds. */
export async function releaseExits(session: Session, runId: RunId): Promise<void> {
  await session.query({ text, values: [runId], isRepeatable: true });
}
