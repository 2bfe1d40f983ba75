import type { HistoryEvent } from "../../../../domain/event.ts";
import type { AccountId, ProxyId, RunId } from "../../../../domain/ids.ts";
import type { HistoryStore } from "../../../../ports/store/history-store.ts";
import { instantAt, optionalTextAt, rowAt, textAt } from "../decode.ts";
import type { Row, Session } from "../session.ts";

const text = `select to_jsonb(e) as event from launch.events e
  where $1::text is null or e.account = $1
  order by e.id desc limit $2`;

/** Lists events, newest first. */
export async function listEvents(
  session: Session,
  filter: Parameters<HistoryStore["list"]>[0],
): Promise<readonly HistoryEvent[]> {
  const rows = await session.query({ text, values: [filter.accountName, filter.limit], isRepeatable: true });
  return rows.map((row) => decodeEvent(rowAt(row, "event")));
}

function decodeEvent(row: Row): HistoryEvent {
  return {
    at: instantAt(row, "at"),
    kind: textAt(row, "kind"),
    severity: textAt(row, "severity") as HistoryEvent["severity"],
    actor: textAt(row, "actor"),
    host: textAt(row, "host"),
    accountId: optionalTextAt(row, "account_id") as AccountId | undefined,
    proxyId: optionalTextAt(row, "proxy_id") as ProxyId | undefined,
    runId: optionalTextAt(row, "run_id") as RunId | undefined,
    message: textAt(row, "message"),
    evidence: row["evidence"] === null ? undefined : rowAt(row, "evidence"),
  };
}
