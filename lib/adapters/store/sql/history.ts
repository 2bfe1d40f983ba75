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
      const { where, values } = whereGiven([
        ["e.account = ?", unitName],
        ["(e.account_id is null) = ?", unitKind && unitKind === "collector"],
        ["e.kind = ?", kind],
        ["e.at >= ?", timestamp(since)],
        ["e.at <= ?", timestamp(until)],
        ["e.id > ?", afterId],
      ]);
      const text = `select to_jsonb(e) as row from launch.events e where ${where} order by e.id desc limit $1`;
      return readRows(session, { text, values: [limit ?? null, ...values] }, decodeEvent);
    },
  };
}

/** Events as one JSON document, as `append_events` takes them. */
export function eventsJson(events: readonly HistoryEvent[]): string {
  return asJson(
    events.map((event) => ({
      ...asColumns(event),
      account: event.collectorName,
    })),
  );
}

async function append(session: Session, events: readonly HistoryEvent[]): Promise<void> {
  if (events.length === 0) return;
  await session.query({ text: "select launch.append_events($1)", values: [eventsJson(events)] });
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
