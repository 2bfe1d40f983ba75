import type { ExitLease } from "../../../../domain/run/lease.ts";
import type { Session } from "../session.ts";

// A statement that was given up may still be carried out: by its token it frees nothing that was taken after it was sent.
const text = "delete from launch.exit_leases where holder = $1 and token <= $2";

/** Frees this exit and those that its run took before it. */
export async function releaseExit(session: Session, { runId, token }: ExitLease): Promise<void> {
  await session.query({ text, values: [runId, token], isRepeatable: true });
}
