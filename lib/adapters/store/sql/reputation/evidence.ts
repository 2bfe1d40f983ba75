import type { VenueName } from "../../../../domain/account.ts";
import type { AccountId, ProxyId, RunId } from "../../../../domain/ids.ts";
import { exitKeyOf } from "../../../../domain/ip.ts";
import type { EvidenceRow } from "../../../../domain/verdict/evidence-row.ts";
import type { EvidenceFilter, EvidenceStore } from "../../../../ports/store/reputation/evidence-store.ts";
import { asColumns, asJson } from "../change.ts";
import {
  booleanAt,
  instantAt,
  numberAt,
  optionalExitIpAt,
  optionalInstantAt,
  optionalTextAt,
  rowAt,
  textAt,
} from "../decode.ts";
import { type Row, readRows, type Session, send } from "../session.ts";
import { whereGiven } from "../where.ts";

/** Everything that was seen. */
export function evidenceStore(session: Session): EvidenceStore {
  return {
    append: async (rows) => {
      if (rows.length === 0) return;
      await session.query({ text: appendText, values: [asJson(rows.map(rowOf))] });
    },
    list: (filter) => readRows(session, listStatement(filter), decodeEvidence),
    keep: (days) => send(session, "select launch.keep_evidence($1)", [days]),
  };
}

const columns = `at, account_id, run_id, proxy_id, exit_key, exit_ip, venue, provider, host_key, channel, kind,
  is_failure, weight, times, until_at, why, detail`;

const appendText = `insert into launch.evidence (${columns})
  select ${columns} from json_populate_recordset(null::launch.evidence, $1::json)`;

function rowOf({ exitIp, ...row }: EvidenceRow): Row {
  return asColumns({ ...row, exitIp, exitKey: exitIp && exitKeyOf(exitIp) });
}

function listStatement({ accountId, exitKey, withinMs, limit }: EvidenceFilter) {
  const { where, values } = whereGiven([
    ["e.account_id = ?", accountId],
    ["e.exit_key = ?", exitKey],
    ["e.stored_at > statement_timestamp() - interval '1 ms' * ?", withinMs],
  ]);
  const text = `select to_jsonb(e) as row from launch.evidence e where ${where}
    order by e.stored_at desc, e.id desc limit $1`;
  return { text, values: [limit, ...values] };
}

function decodeEvidence(row: Row): EvidenceRow {
  return {
    at: instantAt(row, "at"),
    accountId: optionalTextAt(row, "account_id") as AccountId | undefined,
    runId: optionalTextAt(row, "run_id") as RunId | undefined,
    proxyId: optionalTextAt(row, "proxy_id") as ProxyId | undefined,
    exitIp: optionalExitIpAt(row, "exit_ip"),
    venue: optionalTextAt(row, "venue") as VenueName | undefined,
    provider: optionalTextAt(row, "provider"),
    hostKey: textAt(row, "host_key"),
    channel: textAt(row, "channel") as EvidenceRow["channel"],
    kind: textAt(row, "kind") as EvidenceRow["kind"],
    isFailure: booleanAt(row, "is_failure"),
    weight: numberAt(row, "weight"),
    times: numberAt(row, "times"),
    untilAt: optionalInstantAt(row, "until_at"),
    why: textAt(row, "why"),
    detail: row["detail"] === null ? undefined : rowAt(row, "detail"),
  };
}
