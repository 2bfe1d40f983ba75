import type { HistoryEvent } from "../../../../domain/event.ts";
import type { AccountId, ProxyId, RunId } from "../../../../domain/ids.ts";
import type { HistoryStore } from "../../../../ports/store/history-store.ts";
import { instantAt, optionalTextAt, rowAt, textAt } from "../decode.ts";
import type { Row, Session } from "../session.ts";

// One text for both would be planned for neither.
const ofAll = "select to_jsonb(e) as event from launch.events e order by e.id desc limit $1";
const ofAccount =
  "select to_jsonb(e) as event from launch.events e where e.account = $2 order by e.id desc limit $1";

/** Lists events, newest first. */
export async function listEvents(
  session: Session,
  { accountName, limit }: Parameters<HistoryStore["list"]>[0],
): Promise<readonly HistoryEvent[]> {
  const wanted =
    accountName === undefined
      ? { text: ofAll, values: [limit] }
      : { text: ofAccount, values: [limit, accountName] };
  const rows = await session.query({ ...wanted, isRepeatable: true });
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
