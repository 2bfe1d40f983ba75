import type { Account } from "../domain/account.ts";
import type { ProxyId } from "../domain/ids.ts";
import type { IpAddress } from "../domain/ip.ts";
import { describeDuration, describeWait, type Instant } from "../domain/time.ts";
import { ProxyUnavailableError } from "../errors.ts";

/** Why a candidate cannot be used now, in the words that follow its label; the history uses the codes. */
export const rejectionReasons = {
  held: "is held by an operator",
  disabled: "is disabled",
  expired: "has expired",
  unopenable: "has a credential that cannot be opened with the present keys",
  auth_failed: "had its credential refused",
  excluded: "was just tried",
  drifted: "has shown another exit IP than expected",
  down: "has not answered",
  quarantined: "is quarantined",
  burned: "burned",
  cooling: "cooling down",
  country_not_allowed: "is in a country that the account does not allow",
  exit_held: "has an exit IP that another account holds",
  not_registered: "has an exit that is not registered",
  refused_at: "has an exit that a venue refuses for the account's key",
  geo_blocked_at: "stands where a venue serves nobody",
  burned_at: "is burned at a venue",
  limited_at: "is rate-limited at a venue",
  vendor_incident: "is of a vendor that has an incident",
} as const;

export type RejectionReason = keyof typeof rejectionReasons;

/**
 * Who can end a rejection: it ends by itself, by the operator's own switch, only by an operator's repair,
 * or by a working credential.
 */
export type RetryClass = "returns" | "switched_off" | "operator" | "credential";

/** One candidate that was left out, with enough to say why and until when. */
export interface Rejection {
  readonly proxyId: ProxyId;
  readonly label: string;
  readonly reason: RejectionReason;
  readonly retryClass: RetryClass;
  /** The words that follow the label, without the time; the constant ones unless the facts say more. */
  readonly words: string;
  /** When it becomes eligible by itself, where that is known. */
  readonly untilAt: Instant | undefined;
  /** Since when the proxy is in this state, where that is known. */
  readonly sinceAt: Instant | undefined;
  /** The exit that a venue or the account's list has something against. */
  readonly exitIp?: IpAddress | undefined;
  /** What ends it, where whoever tried the proxy knows. */
  readonly repair?: string | undefined;
}

/** Says one rejection: "fra-2 cooling down for 41 s", "ams-1 has not answered for 5 min (next try in 40 s)". */
export function describeRejection(rejection: Rejection, nowMs: Instant): string {
  const { label, words, untilAt, sinceAt } = rejection;
  const phrase = words.startsWith(label) ? words : `${label} ${words}`;
  const left = untilAt === undefined ? undefined : describeWait(untilAt - nowMs);
  if (rejection.reason === "cooling" && left !== undefined) return `${phrase} for ${left}`;
  const since = sinceAt === undefined ? "" : ` for ${describeDuration(nowMs - sinceAt)}`;
  return left === undefined ? `${phrase}${since}` : `${phrase}${since} (next try in ${left})`;
}

/** Says all rejections in one line, in the order given. */
export function describeRejections(rejections: readonly Rejection[], nowMs: Instant): string {
  return rejections.map((rejection) => describeRejection(rejection, nowMs)).join(", ");
}

/** docs/architecture.md, Exit statuses: 75 when a candidate returns by itself, 77 when only credentials stand in the way, else 69. */
export function statusOfRejections(rejections: readonly Rejection[]): 69 | 75 | 77 {
  if (rejections.some(({ retryClass }) => retryClass === "returns")) return 75;
  const wanted = rejections.filter(({ retryClass }) => retryClass !== "switched_off");
  return wanted.length > 0 && wanted.every(({ retryClass }) => retryClass === "credential") ? 77 : 69;
}

/** The error for an account without an eligible proxy: names every candidate and why. */
export function proxyUnavailable(
  account: Pick<Account, "name" | "hold">,
  rejections: readonly Rejection[],
  nowMs: Instant,
): ProxyUnavailableError {
  const { name, hold } = account;
  if (hold !== undefined) {
    return new ProxyUnavailableError(`Account "${name}" is held by ${hold.by}: ${hold.why}`, {
      hint: "A hold overrides every automatic decision; release it when the reason is gone.",
    });
  }
  if (rejections.length === 0) {
    return new ProxyUnavailableError(`Account "${name}" has no proxy assigned.`, {
      hint: `Add one with \`launch assign ${name} <label>\`.`,
    });
  }
  return new ProxyUnavailableError(
    `Account "${name}" has no usable proxy: ${describeRejections(rejections, nowMs)}.`,
    {
      exitStatus: statusOfRejections(rejections),
      hint: hintOf(name, rejections),
    },
  );
}

/** What ends one rejection of a proxy for the account: words with what to type, without the last full stop. */
export function whatEnds(accountName: string, rejection: Rejection): string {
  const { label, reason } = rejection;
  const repair = repairOf(accountName, rejection);
  if (repair !== undefined) return repair;
  switch (reason) {
    case "held":
      return `End the hold with \`launch account release ${accountName}\``;
    case "disabled":
      return `Allow it again with \`launch proxy enable ${label}\``;
    case "drifted":
      return `If the vendor replaced the address, run \`launch proxy edit ${label} --proxy-expected-ip ADDRESS\`; then \`launch proxy check ${label}\``;
    case "limited_at":
    case "vendor_incident":
      return "Nothing has to be done: it comes back by itself";
    case "exit_held":
      return `Stop that account's bot, or use another proxy with \`launch assign ${accountName} <label>\``;
    default:
      return `Try it now with \`launch proxy check ${label}\``;
  }
}

/** What makes an exit one that the account may use: words with what to type, without the last full stop. */
export function howToList(accountName: string, exitIp: string): string {
  return `Register ${exitIp} with the venue, then put it on the list with \`launch account edit ${accountName} --registered LIST\`; \`launch account ips ${accountName}\` shows what is on it`;
}

// Where the same thing stands in the way everywhere, what ends it; it is typed for the first candidate. Of the exit that is in use, or
// was just tried, nothing is to be mended.
function hintOf(name: string, rejections: readonly Rejection[]): string {
  const mended = rejections.filter(({ reason, repair }) => reason !== "excluded" || repair !== undefined);
  const [first] = mended;
  const add = `add one with \`launch assign ${name} <label>\``;
  const repair = mended.every(({ reason }) => reason === first?.reason) ? repairOf(name, first) : undefined;
  return `${repair ?? `Run \`launch proxy check --account ${name}\``}, or ${add}.`;
}

function repairOf(name: string, rejection: Rejection | undefined): string | undefined {
  if (rejection === undefined) return undefined;
  const { label, reason, exitIp = "ADDRESS", repair } = rejection;
  if (repair !== undefined) return repair;
  switch (reason) {
    case "unopenable":
      return `Add the missing key to the key file (\`launch keys ls\` lists both sides) and start again, or give the credential again with \`launch proxy edit ${label} --proxy-user USER --proxy-pass-stdin\``;
    case "auth_failed":
      return `Correct it with \`launch proxy edit ${label} --proxy-user USER --proxy-pass-stdin\``;
    case "expired":
      return `Renew its rent, then run \`launch proxy edit ${label} --proxy-expires DATE\``;
    case "quarantined":
    case "burned":
      return `Bring it back with \`launch revive ${name} ${label}\``;
    case "not_registered":
      return howToList(name, exitIp);
    case "refused_at":
      return `Register ${exitIp} with the venue, then say so with \`launch account allow ${name} ${exitIp}\``;
    case "burned_at":
    case "geo_blocked_at":
      return `If the venue serves it again, bring it back with \`launch revive ${label}\``;
    default:
      return undefined;
  }
}
