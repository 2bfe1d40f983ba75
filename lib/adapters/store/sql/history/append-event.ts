import type { HistoryEvent } from "../../../../domain/event.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

// The account's name is kept beside its id, so that the history of a removed account can still be asked for.
const text = `insert into launch.events (at, kind, severity, actor, host, account_id, account, proxy_id, run_id, message, evidence)
  values ($1, $2, $3, $4, $5, $6, (select a.name from launch.accounts a where a.id = $6), $7, $8, $9, $10)`;

/** Appends one event. */
export async function appendEvent(session: Session, event: HistoryEvent): Promise<void> {
  const values = [
    timestamp(event.at),
    event.kind,
    event.severity,
    event.actor,
    event.host,
    event.accountId,
    event.proxyId,
    event.runId,
    event.message,
    event.evidence === undefined ? undefined : JSON.stringify(event.evidence),
  ];
  await session.query({ text, values });
}
