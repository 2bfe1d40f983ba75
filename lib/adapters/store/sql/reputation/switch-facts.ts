import type { AccountId } from "../../../../domain/ids.ts";
import type { GuardFacts, RecentFailure, ScopeFacts } from "../../../../domain/reputation/incident.ts";
import type { Permit, SwitchFacts } from "../../../../domain/reputation/switch.ts";
import type { SwitchReading } from "../../../../ports/store/reputation/switch-store.ts";
import { booleanAt, instantAt, numberAt, rowsAt, textAt } from "../decode.ts";
import type { Row, Session } from "../session.ts";
import { decodeIncident } from "./incidents.ts";

const wayKinds = "'connect_failed', 'credential_refused'";
// Keys are counted by their bytes: by the rules of a language it takes four times as long.
const countsOf = `count(distinct e.account_id) as running, count(distinct e.exit_key collate "C") as exits`;
// What a launcher holds that is silent for long runs no more. A vendor's proxies are found by the leases: most of them are idle, and
// reading all would take seconds from a cold disk.
const isAlive = "e.run_id not in (select run_id from silent)";

// $1 account, $2 run, $3 venues, $4 vendor, $5 day, $6 fleet's window, $7 guard's window. An account of any venue counts where
// it was seen lately. Who runs at a venue or through a vendor is counted only where somebody failed there: else nothing hangs on it.
// Of failures within one moment the one that was stored last is the newest.
const factsText = `with silent as materialized (
    select l.run_id from launch.launchers la join launch.leases l on l.launcher_id = la.id
    where la.renewed_at <= statement_timestamp() - 4 * la.ttl_ms * interval '1 ms'
  ), recent as materialized (
    select distinct on (e.account_id, e.venue, e.provider, e.host_key, is_way)
      e.account_id, e.venue, coalesce(e.provider, '') as provider, e.host_key, e.kind in (${wayKinds}) as is_way,
      coalesce(e.exit_key, '') as exit_key, e.stored_at as at, e.id
    from launch.evidence e
    where e.is_failure and e.account_id is not null and e.stored_at > statement_timestamp() - $7 * interval '1 ms'
    order by e.account_id, e.venue, e.provider, e.host_key, is_way, e.stored_at desc, e.id desc
  ), seen as (
    select distinct venue as name from recent
    where not is_way and venue <> 'any' and (venue = any ($3) or 'any' = any ($3))
  ), scopes as (
    select 'venue' as kind, seen.name, counted.* from seen, lateral (
      select ${countsOf} from launch.exit_leases e
      where ${isAlive} and (e.venue = seen.name or e.venue = 'any' and exists (
        select from (select v.venue from launch.evidence v where v.account_id = e.account_id
                       and v.stored_at > statement_timestamp() - interval '10 minutes' order by v.stored_at desc limit 50) last
        where last.venue = seen.name))) counted
    union all
    select 'vendor', $4::text, ${countsOf} from launch.exit_leases e
      where exists (select from recent where is_way and provider = $4)
        and (select p.provider from launch.network_proxies p where p.id = e.proxy_id) = $4 and ${isAlive}
    union all
    select 'host', coalesce(p.provider, ''), ${countsOf}
      from launch.leases own join launch.launchers asker on asker.id = own.launcher_id
      join launch.launchers la on la.machine_id = asker.machine_id and la.boot_id = asker.boot_id
      join launch.leases l on l.launcher_id = la.id
      join launch.exit_leases e on e.run_id = l.run_id
      left join launch.network_proxies p on p.id = e.proxy_id
      where own.run_id = $2 and ${isAlive} group by 2
  )
  select to_jsonb(statement_timestamp()) as now,
    (select coalesce(jsonb_agg(to_jsonb(s)), '[]') from launch.switch_permits s
      where s.account_id = $1 and s.at > statement_timestamp() - $5 * interval '1 ms') as of_account,
    (select coalesce(jsonb_agg(to_jsonb(s)), '[]') from launch.switch_permits s
      where s.at > statement_timestamp() - $6 * interval '1 ms') as of_fleet,
    (select count(*) from launch.leases e where e.unit_key like 'bot:%' and not e.is_revoked and ${isAlive}) as running,
    (select coalesce(jsonb_agg(to_jsonb(i)), '[]') from launch.incidents i where i.until_at > statement_timestamp()) as open,
    (select coalesce(jsonb_agg(to_jsonb(r) order by r.at desc, r.id desc), '[]') from recent r) as recent,
    (select coalesce(jsonb_agg(to_jsonb(s) order by s.name collate "C"), '[]') from scopes s) as scopes`;

/** Reads what a claim is decided by, by the database's clock; for a claim the scopes are locked before. */
export async function readSwitchFacts(
  session: Session,
  { request, windows }: SwitchReading,
): Promise<SwitchFacts> {
  const { accountId, runId, venues, provider, hostKey } = request;
  const { dayMs, fleetWindowMs, guardWindowMs } = windows;
  const values = [accountId, runId, venues, provider, dayMs, fleetWindowMs, guardWindowMs];
  const [row = {}] = await session.query({ text: factsText, values });
  return {
    now: instantAt(row, "now"),
    ofAccount: rowsAt(row, "of_account").map(decodePermit),
    ofFleet: rowsAt(row, "of_fleet").map(decodePermit),
    runningAccounts: numberAt(row, "running"),
    guard: decodeGuard(row, hostKey),
  };
}

function decodeGuard(row: Row, hostKey: string): GuardFacts {
  const recent = rowsAt(row, "recent");
  const scopesOf = (kind: string, isOf: (failure: Row, name: string) => boolean): readonly ScopeFacts[] =>
    rowsAt(row, "scopes")
      .filter((scope) => scope["kind"] === kind && scope["name"] !== null)
      .map((scope) => decodeScope(scope, recent, isOf));
  const isVendors = (failure: Row, name: string) =>
    booleanAt(failure, "is_way") && failure["provider"] === name;
  return {
    venues: scopesOf(
      "venue",
      (failure, name) => !booleanAt(failure, "is_way") && failure["venue"] === name,
    ).filter(isFailing),
    vendors: scopesOf("vendor", isVendors).filter(isFailing),
    host: {
      hostKey,
      vendors: scopesOf(
        "host",
        (failure, name) => isVendors(failure, name) && failure["host_key"] === hostKey,
      ),
    },
    open: rowsAt(row, "open").map(decodeIncident),
  };
}

function isFailing({ failing }: ScopeFacts): boolean {
  return failing.length > 0;
}

function decodeScope(
  scope: Row,
  recent: readonly Row[],
  isOf: (failure: Row, name: string) => boolean,
): ScopeFacts {
  const name = textAt(scope, "name");
  const newest = new Map<string, RecentFailure>();
  // The newest come first; milliseconds alone do not tell which that is.
  for (const failure of recent.filter((each) => isOf(each, name)).map(decodeFailure))
    if (!newest.has(failure.accountId)) newest.set(failure.accountId, failure);
  return {
    name,
    running: numberAt(scope, "running"),
    exits: numberAt(scope, "exits"),
    failing: [...newest.values()],
  };
}

function decodeFailure(row: Row): RecentFailure {
  return {
    accountId: textAt(row, "account_id") as AccountId,
    exitKey: textAt(row, "exit_key"),
    at: instantAt(row, "at"),
  };
}

function decodePermit(row: Row): Permit {
  return {
    accountId: textAt(row, "account_id") as AccountId,
    kind: textAt(row, "kind") as Permit["kind"],
    cause: textAt(row, "cause") as Permit["cause"],
    at: instantAt(row, "at"),
  };
}
