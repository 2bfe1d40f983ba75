import type { Session } from "../session.ts";

/** Drops what is older, the last run of each unit apart, and makes room for the months that come. */
export async function keepHistory(session: Session, days: number): Promise<void> {
  await session.query({ text: "select launch.keep_history($1)", values: [days], isRepeatable: true });
}
