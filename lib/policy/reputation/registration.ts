import type { Account, VenueName } from "../../domain/account.ts";
import { exitKeyOf, type IpAddress } from "../../domain/ip.ts";
import { parseChangeLimit, type Registration } from "../../domain/reputation/registration.ts";
import { describeWait, type Instant } from "../../domain/time.ts";

/** Whether the account may use exits with all of these addresses: its list has none, or has each of them. */
export function isRegistered(
  exitIps: readonly IpAddress[],
  registrations: readonly Pick<Registration, "exitKey" | "until">[],
): boolean {
  const live = registrations.filter(({ until }) => until === undefined);
  return live.length === 0 || exitIps.every((ip) => live.some(({ exitKey }) => exitKey === exitKeyOf(ip)));
}

/**
 * When the list of an account may be changed again; undefined where no limit was declared. What was put on and taken off at one moment
 * is one change, and the first list is none.
 */
export function nextChangeAt(
  registrations: readonly Pick<Registration, "from" | "until">[],
  registeredChanges: string | undefined,
  now: Instant,
): Instant | undefined {
  const limit = registeredChanges === undefined ? undefined : parseChangeLimit(registeredChanges);
  if (limit === undefined) return undefined;
  const moments = registrations.flatMap(({ from, until }) => (until === undefined ? [from] : [from, until]));
  const changes = [...new Set(moments)].sort((a, b) => b - a).slice(0, -1);
  const oldest = changes[limit.most - 1];
  return oldest === undefined ? now : (Math.max(now, oldest + limit.withinMs) as Instant);
}

/** Says in one sentence which address to register where, and when the list may be changed. */
export function howToRegister(
  { keyLabel, registeredChanges }: Pick<Account, "keyLabel" | "registeredChanges">,
  { exitIp, venue }: { readonly exitIp: IpAddress; readonly venue: VenueName },
  registrations: readonly Registration[],
  now: Instant,
): string {
  const key = keyLabel === undefined ? "the account's API key" : `the API key "${keyLabel}"`;
  const at = nextChangeAt(registrations, registeredChanges, now);
  const when =
    at === undefined
      ? ""
      : at <= now
        ? "; the list may be changed now"
        : `; the next change is allowed in ${describeWait(at - now)}`;
  return `Register ${exitIp} for ${key} at ${venue}${when}.`;
}
