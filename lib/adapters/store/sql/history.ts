import type { HistoryEvent, StoredEvent } from "../../../domain/event.ts";
import type { AccountId, ProxyId, RunId } from "../../../domain/ids.ts";
import type { HistoryStore } from "../../../ports/store/history-store.ts";
import { instantAt, numberAt, optionalTextAt, rowAt, textAt, timestamp } from "./decode.ts";
import type { Row, Session } from "./session.ts";
import { whereGiven } from "./where.ts";

/** Events, and how long history is kept. */
export function historyStore(session: Session): HistoryStore {
  return {
    keep: async (days) => {
      await session.query({ text: "select launch.keep_history($1)", values: [days], isRepeatable: true });
    },
    append: async (event) => {
      await session.query({ text: appendText, values: Object.values(rowOf(event)) });
    },
    appendMany: async (events) => {
      if (events.length === 0) return;
      await session.query({ text: appendManyText, values: [JSON.stringify(events.map(rowOf))] });
    },
    list: async ({ accountName, kind, since, afterId, limit }) => {
      const { where, values } = whereGiven(
        [
          ["e.account = ?", accountName],
          ["e.kind = ?", kind],
          ["e.at >= ?", timestamp(since)],
          ["e.id > ?", afterId],
        ],
        2,
      );
      const text = `select to_jsonb(e) as event from launch.events e where ${where} order by e.id desc limit $1`;
      const rows = await session.query({ text, values: [limit, ...values], isRepeatable: true });
      return rows.map((row) => decodeEvent(rowAt(row, "event")));
    },
  };
}

const columns = "at, kind, severity, actor, host, account_id, proxy_id, run_id, message, evidence";

// The account's name is kept beside its id, so that the history of a removed account can still be asked for.
const appendText = `insert into launch.events (${columns}, account)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (select a.name from launch.accounts a where a.id = $6))`;
const appendManyText = `insert into launch.events (${columns}, account)
  select ${columns}, (select a.name from launch.accounts a where a.id = account_id)
  from json_populate_recordset(null::launch.events, $1::json)`;

// In the order of the columns.
function rowOf(event: HistoryEvent): Row {
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
    evidence: row["evidence"] === null ? undefined : rowAt(row, "evidence"),
  };
}
