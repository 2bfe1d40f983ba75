import type { VenueName } from "../../../../domain/account.ts";
import type { AccountId } from "../../../../domain/ids.ts";
import type { DueProxy, DueVenue, ProbeStore } from "../../../../ports/store/reputation/probe-store.ts";
import { booleanAt, ipAt, rowAt, textAt } from "../decode.ts";
import { decodeReputation } from "../reputation/reputations.ts";
import type { Row, Session } from "../session.ts";
import { decodeProxy } from "./proxies.ts";

/** Shares background probes out among launchers: a claim moves the due time on, under a lock that nobody waits for. */
export function probeStore(session: Session): ProbeStore {
  return {
    claimTransport: async ({ accountIds, limit, leaseMs, restMs, hostKey }) => {
      const values = [accountIds, limit, leaseMs, restMs, hostKey];
      return (await session.query({ text: transportText, values })).map(decodeDue);
    },
    claimExits: async ({ accountIds, limit, leaseMs, restMs }) => {
      const values = [accountIds, limit, leaseMs, restMs];
      return (await session.query({ text: exitsText, values })).map(decodeDue);
    },
    claimVenues: async ({ accountIds, limit, leaseMs, restMs }) => {
      const values = [accountIds, limit, leaseMs, restMs];
      return (await session.query({ text: venuesText, values })).map(decodeDueVenue);
    },
  };
}

// $1 accounts, $2 limit, $3 how long a claim lasts, $4 the rest where nothing says when the next probe is due.
const now = "statement_timestamp()";
const claimedUntil = `${now} + $3 * interval '1 ms'`;
const rested = `interval '1 ms' * $4`;

/** Each proxy once, by the account that prefers it most; what an operator took out of use is not probed. */
const mine = `mine as (
    select distinct on (s.proxy_id) s.proxy_id, s.account_id from launch.account_proxy_assignments s
    where s.account_id = any ($1) and s.status <> 'disabled' order by s.proxy_id, s.priority, s.account_id
  )`;
const isUsable = `p.is_active and (p.expires_at is null or p.expires_at > ${now})`;
// With a limit each proxy asks the index; without, PostgreSQL would rather read all leases first.
const isLeased = "(select true from launch.exit_leases e where e.proxy_id = p.id limit 1) is not null";

const transportDue = `coalesce(h.next_probe_at, greatest(h.since, h.last_ok_at) + ${rested}, '-infinity')`;
const transportText = `with ${mine}, due as (
    select p.id, mine.account_id, ${transportDue} as due_at
    from mine join launch.network_proxies p on p.id = mine.proxy_id and ${isUsable}
    left join launch.proxy_health h on h.proxy_id = p.id and h.host_key = $5
    where ${transportDue} <= ${now}
    order by due_at, p.id limit $2
    for no key update of p skip locked
  ), claimed as (
    insert into launch.proxy_health as h (proxy_id, host_key, next_probe_at) select id, $5, ${claimedUntil} from due
    on conflict (proxy_id, host_key) do update set next_probe_at = excluded.next_probe_at where ${transportDue} <= ${now}
    returning proxy_id
  )
  select to_jsonb(p) as proxy, due.account_id, ${isLeased} as is_leased
  from claimed join due on due.id = claimed.proxy_id join launch.network_proxies p on p.id = due.id
  order by due.due_at, p.id`;

const exitsText = `with ${mine}, due as (
    select p.id, mine.account_id, coalesce(p.next_probe_at, p.last_exit_at + ${rested}, '-infinity') as due_at
    from mine join launch.network_proxies p on p.id = mine.proxy_id and ${isUsable}
    where coalesce(p.next_probe_at, p.last_exit_at + ${rested}, '-infinity') <= ${now}
    order by due_at, p.id limit $2
    for no key update of p skip locked
  )
  update launch.network_proxies p set next_probe_at = ${claimedUntil} from due where p.id = due.id
  returning to_jsonb(p) as proxy, due.account_id, ${isLeased} as is_leased`;

// An exit is known by the proxy that showed it last. Whoever has a bot on it keeps looking at the account's venues; where the venue
// has something against it, until that is over. The row of the proxy is locked, since what is clear has no row of its own.
const venueDue = `coalesce(r.next_probe_at, r.since + ${rested}, '-infinity')`;
const venuesText = `with ${mine}, wanted as (
    select p.id, mine.account_id, p.last_exit_ip, p.last_exit_key, ${isLeased} as is_leased, v.venue
    from mine join launch.network_proxies p on p.id = mine.proxy_id and ${isUsable} and p.last_exit_key is not null
    join launch.accounts a on a.id = mine.account_id, lateral (
      select venue from unnest(a.venues) venue where venue <> 'any'
      union select r.venue from launch.reputations r where r.exit_key = p.last_exit_key and 'any' = any (a.venues)) v
  ), due as (
    select p.id, wanted.account_id, wanted.last_exit_ip, wanted.last_exit_key, wanted.is_leased, wanted.venue,
      to_jsonb(r) as reputation, ${venueDue} as due_at
    from wanted join launch.network_proxies p on p.id = wanted.id
    left join lateral (select * from launch.reputations known
      where known.exit_key = wanted.last_exit_key and known.venue = wanted.venue limit 1) r on true
    where ${venueDue} <= ${now} and (wanted.is_leased or r.state <> 'clear')
    order by due_at, wanted.last_exit_key, wanted.venue limit $2
    for no key update of p skip locked
  ), claimed as (
    insert into launch.reputations as r (exit_key, venue, exit_ip, state, since, next_probe_at)
    select distinct on (last_exit_key, venue) last_exit_key, venue, last_exit_ip, 'clear', ${now}, ${claimedUntil} from due
    on conflict (exit_key, venue) do update set next_probe_at = excluded.next_probe_at where ${venueDue} <= ${now}
    returning r.exit_key, r.venue
  )
  select distinct on (claimed.exit_key, claimed.venue) to_jsonb(p) as proxy, due.account_id, due.venue, due.last_exit_ip as exit_ip,
    due.reputation, due.is_leased
  from claimed join due on due.last_exit_key = claimed.exit_key and due.venue = claimed.venue
  join launch.network_proxies p on p.id = due.id
  order by claimed.exit_key, claimed.venue, due.is_leased desc, p.id`;

function decodeDue(row: Row): DueProxy {
  return {
    proxy: decodeProxy(rowAt(row, "proxy")),
    accountId: textAt(row, "account_id") as AccountId,
    isLeased: booleanAt(row, "is_leased"),
  };
}

function decodeDueVenue(row: Row): DueVenue {
  return {
    proxy: decodeProxy(rowAt(row, "proxy")),
    accountId: textAt(row, "account_id") as AccountId,
    venue: textAt(row, "venue") as VenueName,
    exitIp: ipAt(row, "exit_ip"),
    reputation: row["reputation"] === null ? undefined : decodeReputation(rowAt(row, "reputation")),
    isLeased: booleanAt(row, "is_leased"),
  };
}
