import type { Account, CountryCode, VenueName } from "../../../lib/domain/account.ts";
import type { Assignment } from "../../../lib/domain/assignment.ts";
import type { AccountId, AssignmentId, ProxyId } from "../../../lib/domain/ids.ts";
import { type ExitIp, exitKeyOf, parseIp } from "../../../lib/domain/ip.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import { type Instant, instant } from "../../../lib/domain/time.ts";
import { sampleAccount, sampleProxy } from "../sample-facts.ts";

/** An account of the simulated fleet, and where its bot runs. */
export interface SimAccount {
  readonly account: Account;
  readonly index: number;
  readonly host: string;
  readonly venue: VenueName;
  readonly assignments: readonly Assignment[];
}

/** The proxies of the fleet, each with its exit, and who may use which. */
export interface Layout {
  readonly accounts: readonly SimAccount[];
  readonly proxies: readonly Proxy[];
}

export interface LayoutOptions {
  readonly accounts: number;
  readonly exitsEach: number;
  readonly hosts: number;
  /** Every exit is given to so many accounts, which must not meet on it. */
  readonly sharedBy: number;
}

const start = 1_800_000_000_000;

/** The instant of a second of the simulation. */
export function at(seconds: number): Instant {
  return instant(start + seconds * 1_000);
}

/** The second of an instant. */
export function secondOf(when: Instant): number {
  return (when - start) / 1_000;
}

export const venue = "binance" as VenueName;

/** The nth exit of the fleet. */
export function exitNumber(n: number): ExitIp {
  const ip = parseIp(`8.${Math.floor(n / 250)}.${n % 250}.7`);
  if (ip === undefined) throw new Error(`no address has the number ${n}`);
  return ip as ExitIp;
}

/** Accounts on hosts in turn, each with exits of two vendors in turn; the first exit of each is its own. */
export function layOut({ accounts, exitsEach, hosts, sharedBy }: LayoutOptions): Layout {
  const count = Math.ceil((accounts * exitsEach) / sharedBy);
  const proxies = Array.from({ length: count }, (_, n) =>
    sampleProxy({
      id: idOf<ProxyId>("a", n),
      label: `exit-${n}`,
      provider: (n + Math.floor(n / accounts)) % 2 === 0 ? "vendor-a" : "vendor-b",
      country: "DE" as CountryCode,
      expectedIp: exitNumber(n),
    }),
  );
  return {
    proxies,
    accounts: Array.from({ length: accounts }, (_, index) => {
      const account = sampleAccount({
        id: idOf<AccountId>("b", index),
        name: `account-${index}`,
        venues: [venue],
        allowedCountries: ["DE" as CountryCode],
      });
      const assignments = Array.from({ length: exitsEach }, (_, k) => {
        const proxy = proxies[(index + k * accounts) % count];
        if (proxy === undefined) throw new Error("no such proxy");
        return assignmentOf(account.id, proxy.id, index * exitsEach + k, k + 1);
      });
      return { account, index, host: `host-${index % hosts}`, venue, assignments };
    }),
  };
}

function assignmentOf(accountId: AccountId, proxyId: ProxyId, n: number, priority: number): Assignment {
  return {
    id: idOf<AssignmentId>("c", n),
    accountId,
    proxyId,
    priority,
    status: "standby",
    lastCheckedAt: undefined,
    failures: 0,
    cooldownUntil: undefined,
    lastLeasedAt: undefined,
  };
}

function idOf<Id extends string>(kind: string, n: number): Id {
  return `${kind.repeat(8)}-0000-4000-8000-${n.toString(16).padStart(12, "0")}` as Id;
}

const keys = new Map<ExitIp, string>();

/** `exitKeyOf`, remembered: the simulation asks for it millions of times. */
export function keyOf(ip: ExitIp): string {
  const known = keys.get(ip) ?? exitKeyOf(ip);
  keys.set(ip, known);
  return known;
}

/** The exit that a proxy was rented for. */
export function exitOf({ expectedIp }: Proxy): ExitIp {
  if (expectedIp === undefined) throw new Error("a proxy has no exit");
  return expectedIp;
}
