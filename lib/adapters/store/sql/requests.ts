import type { UnitKey } from "../../../domain/run/unit-key.ts";
import type { RequestId, RequestVerb, UnitRequest } from "../../../domain/run/unit-wish.ts";
import type { PendingRequest, RequestStore } from "../../../ports/store/request-store.ts";
import { booleanAt, instantAt, rowAt, textAt } from "./decode.ts";
import { hasChanged, type Row, readRows, type Session, send } from "./session.ts";

const add = `insert into launch.requests (id, unit_key, verb, arguments, by) values ($1, $2, $3, $4, $5)
  on conflict (id) do nothing`;

// No more at once than can be answered beside the next renewal, which needs the same connections.
const pending = `select to_jsonb(r) || jsonb_build_object('is_before_run',
    r.at < (select min(l.acquired_at) from launch.leases l where l.unit_key = r.unit_key)) as row from launch.requests r
  where r.unit_key = any ($1) and r.answered_at is null and r.at > clock_timestamp() - interval '1 minute'
  and (r.unit_key = any ($2) or not exists (select from launch.leases l where l.unit_key = r.unit_key))
  order by r.at, r.id limit 100`;

const answer = `update launch.requests set answered_at = clock_timestamp(), is_done = $2, answer = $3
  where id = $1 and answered_at is null returning id`;

const find = "select to_jsonb(r) as row from launch.requests r where r.id = $1";

/** Verbs that operators send to whichever launcher runs a unit. */
export function requestStore(session: Session): RequestStore {
  return {
    add: ({ id, unitKey, verb, arguments: extra, by }) =>
      send(session, add, [id, unitKey, verb, JSON.stringify(extra), by]),
    pending: (keys, held = keys) => readRows(session, { text: pending, values: [keys, held] }, decodePending),
    answer: (id, { isDone, text }) => hasChanged(session, answer, [id, isDone, text]),
    find: async (id) => (await readRows(session, { text: find, values: [id] }, decodeRequest))[0],
  };
}

// Without a lease there is no run.
function decodePending(row: Row): PendingRequest {
  return { ...decodeRequest(row), isBeforeRun: row["is_before_run"] === true };
}

function decodeRequest(row: Row): UnitRequest {
  return {
    id: textAt(row, "id") as RequestId,
    unitKey: textAt(row, "unit_key") as UnitKey,
    verb: textAt(row, "verb") as RequestVerb,
    arguments: rowAt(row, "arguments"),
    by: textAt(row, "by"),
    at: instantAt(row, "at"),
    answer:
      row["answered_at"] === null
        ? undefined
        : { isDone: booleanAt(row, "is_done"), text: textAt(row, "answer") },
  };
}
