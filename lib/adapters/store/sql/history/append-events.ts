import type { HistoryEvent } from "../../../../domain/event.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

const columns = "at, kind, severity, actor, host, account_id, proxy_id, run_id, message, evidence";

// The account's name is kept beside its id, as for a single event.
const text = `insert into launch.events (${columns}, account)
  select ${columns}, (select a.name from launch.accounts a where a.id = account_id)
  from json_populate_recordset(null::launch.events, $1::json)`;

/** Appends many events in one statement, in their order. */
export async function appendEvents(session: Session, events: readonly HistoryEvent[]): Promise<void> {
  if (events.length === 0) return;
  await session.query({ text, values: [JSON.stringify(events.map(rowOf))] });
}

function rowOf(event: HistoryEvent): Readonly<Record<string, unknown>> {
  const { at, kind, severity, actor, host, accountId, proxyId, runId, message, evidence } = event;
  return {
    at: timestamp(at),
    kind,
    severity,
    actor,
    host,
    account_id: accountId,
    proxy_id: proxyId,
    run_id: runId,
    message,
    evidence,
  };
}
