import type { Account, CountryCode, VenueName } from "../../../../domain/account.ts";
import type { AccountId } from "../../../../domain/ids.ts";
import type { IpAddress } from "../../../../domain/ip.ts";
import type { AccountFacts, CandidateFacts } from "../../../../domain/selection/selection-facts.ts";
import type { AccountStore } from "../../../../ports/store/account-store.ts";
import { type ChangeColumns, setListOf, updateRow } from "../change.ts";
import { booleanAt, optionalTextAt, rowAt, textAt, textsAt } from "../decode.ts";
import type { Row, Session } from "../session.ts";
import { assignmentStore, decodeAssignment } from "./assignments.ts";
import { decodeHealth, isRecentHealth } from "./health.ts";
import { decodeProxy } from "./proxies.ts";

/** Accounts, with the assignments that hang on them. */
export function accountStore(session: Session): AccountStore {
  return {
    ...assignmentStore(session),
    create: async ({ id, name, venues, allowedCountries, groupName, hold }) => {
      const values = [id, name, venues, allowedCountries, groupName, hold?.by, hold?.why];
      await session.query({ text: createText, values });
    },
    find: async (name) => {
      const text = `select ${accountJson} as account from launch.accounts a where a.name = $1`;
      const [row] = await session.query({ text, values: [name], isRepeatable: true });
      return row && decodeAccount(rowAt(row, "account"));
    },
    list: async () => {
      const text = `select ${accountJson} as account from launch.accounts a order by a.name collate "C"`;
      const rows = await session.query({ text, isRepeatable: true });
      return rows.map((row) => decodeAccount(rowAt(row, "account")));
    },
    update: (id, change) => updateRow(session, "accounts where id", id, setListOf(change, columns)),
    remove: async (id) => {
      const text = `with wish as (delete from launch.units where unit_key = 'bot:' || $1::uuid)
        delete from launch.accounts where id = $1`;
      await session.query({ text, values: [id], isRepeatable: true });
    },
    facts: (id) => readFacts(session, id),
  };
}

const createText = `insert into launch.accounts
  (id, name, venues, allowed_countries, group_name, held_by, held_why)
  values ($1, $2, $3, $4, $5, $6, $7)`;

// A row of `accounts a`, with what is wanted of its bot.
const accountJson = `to_jsonb(a) || jsonb_build_object('wanted', coalesce(
    (select u.wanted from launch.units u where u.unit_key = 'bot:' || a.id), 'up'))`;

function decodeAccount(row: Row): Account {
  const heldBy = optionalTextAt(row, "held_by");
  return {
    id: textAt(row, "id") as AccountId,
    name: textAt(row, "name"),
    venues: textsAt(row, "venues") as readonly VenueName[],
    allowedCountries: textsAt(row, "allowed_countries") as readonly CountryCode[],
    groupName: optionalTextAt(row, "group_name"),
    wanted: textAt(row, "wanted") as Account["wanted"],
    hold: heldBy === undefined ? undefined : { by: heldBy, why: textAt(row, "held_why") },
    registeredChanges: undefined,
    keyLabel: undefined,
  };
}

const columns: ChangeColumns<Parameters<AccountStore["update"]>[1]> = {
  venues: (venues) => [["venues", venues]],
  allowedCountries: (countries) => [["allowed_countries", countries]],
  groupName: (name) => [["group_name", name]],
  hold: (hold) => [
    ["held_by", hold?.by],
    ["held_why", hold?.why],
  ],
};

// A lease that no launcher renews any more would keep its exit out of every selection for ever, so those older than four TTLs
// of the database's own clock are left out here. That is a hint only: the exit lease itself decides without any clock.
const factsText = `select ${accountJson} as account, to_jsonb(s) as assignment, to_jsonb(p) as proxy,
    (select coalesce(jsonb_agg(to_jsonb(h) order by h.host_key), '[]')
       from launch.proxy_health h where h.proxy_id = p.id and ${isRecentHealth}) as health,
    exists (select 1 from launch.exit_uses u where u.account_id = a.id and u.exit_key = p.last_exit_key) as used_before,
    (select coalesce(min(other.name), min(e.account_id::text))
       from launch.exit_leases e
       join launch.leases l on l.run_id = e.run_id
       join launch.launchers la on la.id = l.launcher_id
       left join launch.accounts other on other.id = e.account_id
       where e.exit_key = p.last_exit_key
         and launch.exit_conflicts(e, a.id, a.group_name, a.venues)
         and la.renewed_at > clock_timestamp() - 4 * la.ttl_ms * interval '1 ms') as exit_held_by
  from launch.accounts a
  left join launch.account_proxy_assignments s on s.account_id = a.id
  left join launch.network_proxies p on p.id = s.proxy_id
  where a.id = $1
  order by s.priority, s.id`;

async function readFacts(session: Session, accountId: AccountId): Promise<AccountFacts | undefined> {
  const rows = await session.query({ text: factsText, values: [accountId], isRepeatable: true });
  const [first] = rows;
  if (first === undefined) return undefined;
  const candidates = rows.filter((row) => row["assignment"] !== null).map(decodeCandidate);
  return { account: decodeAccount(rowAt(first, "account")), candidates, registrations: [], incidents: [] };
}

function decodeCandidate(row: Row): CandidateFacts {
  return {
    assignment: decodeAssignment(rowAt(row, "assignment")),
    proxy: decodeProxy(rowAt(row, "proxy")),
    health: (row["health"] as readonly Row[]).map(decodeHealth),
    lastExitIp: optionalTextAt(rowAt(row, "proxy"), "last_exit_ip") as IpAddress | undefined,
    usedBefore: booleanAt(row, "used_before"),
    exitHeldBy: optionalTextAt(row, "exit_held_by"),
    reputations: [],
    acceptances: [],
  };
}
