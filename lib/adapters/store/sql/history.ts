import type { HistoryEvent, StoredEvent } from "../../../domain/event.ts";
import type { AccountId, ProxyId, RunId } from "../../../domain/ids.ts";
import type { HistoryStore } from "../../../ports/store/history-store.ts";
import { asColumns, asJson } from "./change.ts";
import { instantAt, numberAt, optionalTextAt, rowAt, textAt, timestamp } from "./decode.ts";
import { type Row, readRows, type Session, send } from "./session.ts";
import { whereGiven } from "./where.ts";

/** Events, and how long history is kept. */
export function historyStore(session: Session): HistoryStore {
  return {
    keep: (days) => send(session, "select launch.keep_history($1)", [days]),
    append: (event) => append(session, [event]),
    appendMany: (events) => append(session, events),
    list: ({ unitName, unitKind, kind, since, until, afterId, limit }) => {
      const { where, values } = whereGiven(
        [
          ["e.account = ?", unitName],
          ["(e.account_id is null) = ?", unitKind && unitKind === "collector"],
          ["e.kind = ?", kind],
          ["e.at >= ?", timestamp(since)],
          ["e.at <= ?", timestamp(until)],
          ["e.id > ?", afterId],
        ],
        2,
      );
      const text = `select to_jsonb(e) as row from launch.events e where ${where} order by e.id desc limit $1`;
      return readRows(session, { text, values: [limit ?? null, ...values] }, decodeEvent);
    },
  };
}

const columns = "at, kind, severity, actor, host, account_id, proxy_id, run_id, message, evidence";

// The name of the account, else of the collector, is kept too, so that the history of a removed one can still be asked for.
const appendText = `insert into launch.events (${columns}, account)
  select ${columns}, case when account_id is null then (select r.name from launch.runs r where r.run_id = event.run_id)
    else (select a.name from launch.accounts a where a.id = account_id) end
  from json_populate_recordset(null::launch.events, $1::json) event`;

async function append(session: Session, events: readonly HistoryEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => asColumns({ ...event, at: timestamp(event.at) }));
  await session.query({ text: appendText, values: [asJson(rows)] });
}

function decodeEvent(row: Row): StoredEvent {
  return {
    id: numberAt(row, "id"),
    at: instantAt(row, "at"),
    kind: textAt(row, "kind"),
    severity: textAt(row, "severity") as HistoryEvent["severity"],
    actor: textAt(row, "actor"),
    host: textAt(row, "host"),
    accountId: optionalTextAt(row, "account_id") as AccountId | undefined,
    proxyId: optionalTextAt(row, "proxy_id") as ProxyId | undefined,
    runId: optionalTextAt(row, "run_id") as RunId | undefined,
    message: textAt(row, "message"),
    unitName: optionalTextAt(row, "account"),
    evidence: row["evidence"] === null ? undefined : rowAt(row, "evidence"),
  };
}
