import type { VenueName } from "../../../../domain/account.ts";
import type { AccountId } from "../../../../domain/ids.ts";
import type { Acceptance } from "../../../../domain/reputation/acceptance.ts";
import type { Reputation } from "../../../../domain/reputation/reputation.ts";
import type { Change } from "../../../../domain/verdict/change.ts";
import type { ReputationStore } from "../../../../ports/store/reputation/reputation-store.ts";
import {
  instantAt,
  ipAt,
  numberAt,
  optionalInstantAt,
  optionalTextAt,
  textAt,
  timestamp,
} from "../decode.ts";
import { hasChanged, type Row, readRows, type Session } from "../session.ts";
import { listIncidents } from "./incidents.ts";

/** How exits stand at venues, and which of them an account may use there. */
export function reputationStore(session: Session): ReputationStore {
  return {
    list: ({ exitKeys, venues } = {}) =>
      readRows(session, { text: listText, values: [exitKeys, venues] }, decodeReputation),
    acceptances: ({ accountId }) =>
      readRows(session, { text: acceptancesText, values: [accountId] }, decodeAcceptance),
    incidents: () => listIncidents(session),
  };
}

const listText = `select to_jsonb(r) as row from launch.reputations r
  where ($1::text[] is null or r.exit_key = any ($1)) and ($2::text[] is null or r.venue = any ($2))
  order by r.venue collate "C", r.exit_key collate "C"`;

const acceptancesText = `select to_jsonb(c) as row from launch.acceptances c
  where c.account_id = $1 order by c.venue collate "C", c.exit_key collate "C"`;

/** Reads a row of `reputations`. */
export function decodeReputation(row: Row): Reputation {
  return {
    exitKey: textAt(row, "exit_key"),
    exitIp: ipAt(row, "exit_ip"),
    venue: textAt(row, "venue") as VenueName,
    state: textAt(row, "state") as Reputation["state"],
    because: optionalTextAt(row, "because") as Reputation["because"],
    untilAt: optionalInstantAt(row, "until_at"),
    failures: numberAt(row, "failures"),
    since: instantAt(row, "since"),
    nextProbeAt: optionalInstantAt(row, "next_probe_at"),
    cleanMs: numberAt(row, "clean_ms"),
  };
}

/** Reads a row of `acceptances`. */
export function decodeAcceptance(row: Row): Acceptance {
  return {
    accountId: textAt(row, "account_id") as AccountId,
    venue: textAt(row, "venue") as VenueName,
    exitKey: textAt(row, "exit_key"),
    exitIp: ipAt(row, "exit_ip"),
    state: textAt(row, "state") as Acceptance["state"],
    by: textAt(row, "by") as Acceptance["by"],
    why: textAt(row, "why"),
    at: instantAt(row, "at"),
  };
}

// No row, and one that was only claimed for a probe, say the same: clear, and nothing ever against it.
const clear = { state: "clear", failures: 0, untilAt: undefined } as const;

const changeText = `update launch.reputations r
  set exit_ip = $3, state = $4, because = $5, until_at = $6, failures = $7, since = $8, next_probe_at = $9, clean_ms = $10
  where r.exit_key = $1 and r.venue = $2 and r.state = $11 and r.failures = $12
    and date_trunc('milliseconds', r.until_at) is not distinct from $13::timestamptz
  returning r.venue`;

const beginText = `insert into launch.reputations
  (exit_key, venue, exit_ip, state, because, until_at, failures, since, next_probe_at, clean_ms)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning venue`;

/** Writes how an exit stands at a venue; false where somebody else has written meanwhile. */
export async function changeReputation(
  session: Session,
  { expected = clear, next }: Extract<Change, { readonly on: "reputation" }>,
): Promise<boolean> {
  const { exitKey, venue, exitIp, state, because, untilAt, failures, since, nextProbeAt, cleanMs } = next;
  const times = [timestamp(since), timestamp(nextProbeAt), Math.round(cleanMs)];
  const values = [exitKey, venue, exitIp, state, because, timestamp(untilAt), failures, ...times];
  const mayBegin = expected.state === "clear" && expected.failures === 0 && expected.untilAt === undefined;
  if (mayBegin && (await hasChanged(session, beginText, values))) return true;
  const was = [expected.state, expected.failures, timestamp(expected.untilAt)];
  return hasChanged(session, changeText, [...values, ...was]);
}

const acceptText = `insert into launch.acceptances as c (account_id, venue, exit_key, exit_ip, state, by, why, at)
  select id, $2, $3, $4, $5, $6, $7, $8 from launch.accounts where id = $1 and $9::text is null
  on conflict (account_id, venue, exit_key) do nothing returning c.venue`;

const reacceptText = `update launch.acceptances c
  set exit_ip = $4, state = $5, by = $6, why = $7, at = $8
  where c.account_id = $1 and c.venue = $2 and c.exit_key = $3 and c.state = $9 returning c.venue`;

/** Writes whether a venue takes an account's requests from an exit; false where somebody else has written meanwhile. */
export async function changeAcceptance(
  session: Session,
  { expected, next }: Extract<Change, { readonly on: "acceptance" }>,
): Promise<boolean> {
  const { accountId, venue, exitKey, exitIp, state, by, why, at } = next;
  const values = [accountId, venue, exitKey, exitIp, state, by, why, timestamp(at), expected];
  return hasChanged(session, expected === undefined ? acceptText : reacceptText, values);
}
