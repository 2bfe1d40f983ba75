import type { AccountId } from "../../../../domain/ids.ts";
import type { IpAddress } from "../../../../domain/ip.ts";
import type { AccountFacts, CandidateFacts } from "../../../../domain/selection/selection-facts.ts";
import type { AccountStanding, AccountStore } from "../../../../ports/store/account-store.ts";
import { asColumns, insertRow, updateRow } from "../change.ts";
import { booleanAt, epochMs, optionalInstantAt, optionalTextAt, rowAt, rowsAt, textAt } from "../decode.ts";
import { decodeIncident } from "../reputation/incidents.ts";
import { decodeAcceptance, decodeReputation } from "../reputation/reputations.ts";
import { queryRows, type Row, readRows, type Session, send } from "../session.ts";
import { accountJson, decodeAccount } from "./account-row.ts";
import { alike, lowered } from "./alike.ts";
import { assignmentStore, decodeAssignment } from "./assignments.ts";
import { decodeHealth, isRecentHealth } from "./health.ts";
import { heldFacts, knownExit, reputationsOfExit } from "./held-facts.ts";
import { decodeProxy } from "./proxies.ts";
import { decodeRegistration, registrationStore } from "./registrations.ts";

/** Accounts, with the assignments that hang on them. */
export function accountStore(session: Session): AccountStore {
  return {
    ...assignmentStore(session),
    ...registrationStore(session),
    create: ({ wanted: _isOfTheUnit, ...account }) => insertRow(session, "accounts", columnsOf(account)),
    find: async (name) => {
      const text = `select ${accountJson} as row from launch.accounts a where a.name = $1`;
      return (await readRows(session, { text, values: [name] }, decodeAccount))[0];
    },
    list: () => {
      const text = `select ${accountJson} as row from launch.accounts a order by a.name collate "C"`;
      return readRows(session, { text }, decodeAccount);
    },
    idsOf: async (names) => {
      const text = "select a.name, a.id from launch.accounts a where a.name = any($1)";
      const rows = await session.query({ text, values: [names], isRepeatable: true });
      return new Map(rows.map((row) => [textAt(row, "name"), textAt(row, "id") as AccountId]));
    },
    namesLike: (names) => {
      const text = `select a.name from launch.accounts a where ${alike("a.name")} order by a.name collate "C"`;
      return queryRows(session, { text, values: [lowered(names)] }, (row) => textAt(row, "name"));
    },
    update: (id, change) => updateRow(session, { where: "accounts where id", id }, columnsOf(change)),
    remove: (id) => {
      const text = `with wish as (delete from launch.units where unit_key = 'bot:' || $1::uuid)
        delete from launch.accounts where id = $1`;
      return send(session, text, [id]);
    },
    facts: (id) => readFacts(session, id),
    heldFacts: heldFacts(session),
    standings: async () => {
      const rows = await session.query({ text: standingsText, isRepeatable: true });
      return new Map(rows.map((row) => [textAt(row, "account_id") as AccountId, decodeStanding(row)]));
    },
    neverRun: () =>
      queryRows(session, { text: neverRunText }, (row) => ({
        id: textAt(row, "id") as AccountId,
        name: textAt(row, "name"),
        proxyLabel: optionalTextAt(row, "label"),
        expectedIp: optionalTextAt(row, "expected_ip") as IpAddress | undefined,
      })),
  };
}

function columnsOf(change: Parameters<AccountStore["update"]>[1]): Row {
  const { hold, ...plain } = change;
  return { ...asColumns(plain), ...("hold" in change && { held_by: hold?.by, held_why: hold?.why }) };
}

// Beside the runs and not of each run: ten thousand look-ups took the server ten times as long.
const standingsText = `select coalesce(h.id, w.account_id) as account_id, h.id is not null as is_held, w.until_at
  from (select id from launch.accounts where held_by is not null) h
  full join (
    select e.account_id, ${epochMs("max(r.until_at)")} as until_at
    from launch.reputations r
    join launch.exit_leases e on e.exit_key = r.exit_key and (e.venue = r.venue or e.venue = 'any')
    where r.state in ('limited', 'burned') and r.until_at > statement_timestamp()
    group by e.account_id
  ) w on w.account_id = h.id`;

function decodeStanding(row: Row): AccountStanding {
  return { isHeld: booleanAt(row, "is_held"), waitsUntil: optionalInstantAt(row, "until_at") };
}

const neverRunText = `select a.id, a.name, first.label, host(first.expected_ip) as expected_ip
  from launch.accounts a
  left join lateral (
    select p.label, p.expected_ip
    from launch.account_proxy_assignments s join launch.network_proxies p on p.id = s.proxy_id
    where s.account_id = a.id and s.status <> 'disabled' order by s.priority, s.id limit 1
  ) first on true
  where not exists (select from launch.runs r where r.unit_key = 'bot:' || a.id)
  order by a.name collate "C"`;

// A lease that no launcher renews any more would keep its exit out of every selection for ever, so those older than four TTLs
// of the database's own clock are left out here. That is a hint only: the exit lease itself decides without any clock.
//
// It is one row, so that what is of the account, and not of a candidate, is read, sent and parsed once; what hangs on the parameter alone
// the server reads once too. And json, unlike jsonb, is written out as it is built.
const factsText = `select
    (select ${accountJson} from launch.accounts a where a.id = $1) as account,
    (select coalesce(json_agg(g order by g.from_at, g.exit_ip), '[]') from launch.registrations g
       where g.account_id = $1 and g.until_at is null) as registrations,
    (select coalesce(json_agg(i order by i.kind, i.name), '[]') from launch.incidents i
       where i.until_at > statement_timestamp()) as incidents,
    (select coalesce(json_agg(c), '[]') from (
      select s as assignment, p as proxy,
        (select coalesce(json_agg(h order by h.host_key), '[]')
           from launch.proxy_health h where h.proxy_id = p.id and ${isRecentHealth}) as health,
        exists (select 1 from launch.exit_uses u where u.account_id = a.id and u.exit_key = known.exit_key) as used_before,
        (select coalesce(min(other.name), min(e.account_id::text))
           from launch.exit_leases e
           join launch.leases l on l.run_id = e.run_id
           join launch.launchers la on la.id = l.launcher_id
           left join launch.accounts other on other.id = e.account_id
           where e.exit_key = known.exit_key
             and launch.exit_conflicts(e, a.id, a.group_name, a.venues)
             and la.renewed_at > clock_timestamp() - 4 * la.ttl_ms * interval '1 ms') as exit_held_by,
        ${reputationsOfExit} as reputations,
        (select coalesce(json_agg(c order by c.venue), '[]') from launch.acceptances c
           where c.account_id = a.id and c.exit_key = known.exit_key) as acceptances
      from launch.accounts a
      join launch.account_proxy_assignments s on s.account_id = a.id
      join launch.network_proxies p on p.id = s.proxy_id
      left join lateral ${knownExit} on true
      where a.id = $1
      order by s.priority, s.id
    ) c) as candidates`;

async function readFacts(session: Session, accountId: AccountId): Promise<AccountFacts | undefined> {
  const asked = { text: factsText, values: [accountId], isRepeatable: true, isPlannedOnce: true };
  const [row] = await session.query(asked);
  if (row === undefined || row["account"] === null) return undefined;
  return {
    account: decodeAccount(rowAt(row, "account")),
    candidates: rowsAt(row, "candidates").map(decodeCandidate),
    registrations: rowsAt(row, "registrations").map(decodeRegistration),
    incidents: rowsAt(row, "incidents").map(decodeIncident),
  };
}

function decodeCandidate(row: Row): CandidateFacts {
  return {
    assignment: decodeAssignment(rowAt(row, "assignment")),
    proxy: decodeProxy(rowAt(row, "proxy")),
    health: rowsAt(row, "health").map(decodeHealth),
    lastExitIp: optionalTextAt(rowAt(row, "proxy"), "last_exit_ip") as IpAddress | undefined,
    lastExitAt: optionalInstantAt(rowAt(row, "proxy"), "last_exit_at"),
    usedBefore: booleanAt(row, "used_before"),
    exitHeldBy: optionalTextAt(row, "exit_held_by"),
    reputations: rowsAt(row, "reputations").map(decodeReputation),
    acceptances: rowsAt(row, "acceptances").map(decodeAcceptance),
  };
}
