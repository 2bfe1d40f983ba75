import type { VenueName } from "../../../domain/account.ts";
import type { AccountId, ProxyId, RunId } from "../../../domain/ids.ts";
import { exitKeyOf } from "../../../domain/ip.ts";
import type { ExitUseFilter, RunStore, UsedExit } from "../../../ports/store/run-store.ts";
import { instantAt, ipAt, optionalInstantAt, optionalTextAt, textAt, textsAt, timestamp } from "./decode.ts";
import { queryRows, type Row, type Session, send } from "./session.ts";
import { whereGiven } from "./where.ts";

/** Which account left through which exit when: one row for each address and venue. */
export function exitUseStore(session: Session): Pick<RunStore, "openExitUse" | "closeExitUse" | "exitUses"> {
  return {
    openExitUse: async ({ accountId, proxyId, exitIps, venues, runId, from }) => {
      const values = [accountId, proxyId, exitIps, exitIps.map(exitKeyOf), venues, runId, timestamp(from)];
      await session.query({ text: openText, values });
    },
    closeExitUse: (runId, at) => {
      const text = "update launch.exit_uses set until_at = $2 where run_id = $1 and until_at is null";
      return send(session, text, [runId, timestamp(at)]);
    },
    exitUses: (filter) => queryRows(session, listStatement(filter), decodeUse),
  };
}

const openText = `insert into launch.exit_uses (account_id, proxy_id, exit_ip, exit_key, venue, run_id, from_at)
  select $1, $2, e.ip, e.key, v.venue, $6, $7
  from unnest($3::inet[], $4::text[]) as e (ip, key), (select distinct unnest($5::text[]) as venue) v`;

// A run that died without a word left its use open, but was ended by whoever came next.
const until = "coalesce(u.until_at, r.ended_at)";

function listStatement({ accountId, proxyId, exitKey, at, since, limit }: ExitUseFilter) {
  const { where, values } = whereGiven([
    ["u.account_id = ?", accountId],
    ["u.proxy_id = ?", exitKey === undefined ? proxyId : undefined],
    ["u.exit_key = ?", proxyId === undefined ? exitKey : undefined],
    // Either: PostgreSQL asks an index for each.
    [
      "(u.proxy_id = (?::text[])[1]::uuid or u.exit_key = (?::text[])[2])",
      proxyId === undefined || exitKey === undefined ? undefined : [proxyId, exitKey],
    ],
    [`u.from_at <= ? and coalesce(${until}, 'infinity') > ?`, timestamp(at)],
    [`coalesce(${until}, 'infinity') > ?`, timestamp(since)],
  ]);
  const text = `select u.account_id, coalesce(r.name, a.name, u.account_id::text) as account_name, u.proxy_id, p.label, u.exit_ip,
      array_agg(distinct u.venue) as venues, u.run_id, to_jsonb(u.from_at) as from_at, to_jsonb(${until}) as until_at
    from launch.exit_uses u
    left join launch.runs r on r.run_id = u.run_id
    left join launch.accounts a on a.id = u.account_id
    left join launch.network_proxies p on p.id = u.proxy_id
    where ${where}
    group by u.account_id, r.name, a.name, u.proxy_id, p.label, u.exit_ip, u.run_id, u.from_at, u.until_at, r.ended_at
    order by u.from_at desc, u.exit_ip limit $1`;
  return { text, values: [limit, ...values] };
}

function decodeUse(row: Row): UsedExit {
  return {
    accountId: textAt(row, "account_id") as AccountId,
    accountName: textAt(row, "account_name"),
    proxyId: textAt(row, "proxy_id") as ProxyId,
    proxyLabel: optionalTextAt(row, "label"),
    exitIp: ipAt(row, "exit_ip"),
    venues: textsAt(row, "venues") as readonly VenueName[],
    runId: textAt(row, "run_id") as RunId,
    from: instantAt(row, "from_at"),
    until: optionalInstantAt(row, "until_at"),
  };
}
