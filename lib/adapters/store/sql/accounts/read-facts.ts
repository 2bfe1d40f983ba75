import type { AccountId } from "../../../../domain/ids.ts";
import type { IpAddress } from "../../../../domain/ip.ts";
import type { AccountFacts, CandidateFacts } from "../../../../domain/selection-facts.ts";
import { decodeAssignment } from "../assignments/assignment-row.ts";
import { booleanAt, optionalTextAt, rowAt } from "../decode.ts";
import { decodeHealth, isRecentHealth } from "../proxies/health-row.ts";
import { decodeProxy } from "../proxies/proxy-row.ts";
import type { Row, Session } from "../session.ts";
import { accountJson, decodeAccount } from "./account-row.ts";

// A lease that no launcher renews any more would keep its exit out of every selection for ever, so those older than four TTLs
// of the database's own clock are left out here. That is a hint only: the exit lease itself decides without any clock.
const text = `select ${accountJson} as account, to_jsonb(s) as assignment, to_jsonb(p) as proxy,
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

/** Reads all that selection needs about one account; undefined when the account is gone. */
export async function readFacts(session: Session, accountId: AccountId): Promise<AccountFacts | undefined> {
  const rows = await session.query({ text, values: [accountId], isRepeatable: true });
  const [first] = rows;
  if (first === undefined) return undefined;
  const candidates = rows.filter((row) => row["assignment"] !== null).map(decodeCandidate);
  return { account: decodeAccount(rowAt(first, "account")), candidates };
}

function decodeCandidate(row: Row): CandidateFacts {
  return {
    assignment: decodeAssignment(rowAt(row, "assignment")),
    proxy: decodeProxy(rowAt(row, "proxy")),
    health: (row["health"] as readonly Row[]).map(decodeHealth),
    lastExitIp: optionalTextAt(rowAt(row, "proxy"), "last_exit_ip") as IpAddress | undefined,
    usedBefore: booleanAt(row, "used_before"),
    exitHeldBy: optionalTextAt(row, "exit_held_by"),
  };
}
