import { type Account, anyVenue } from "../../domain/account.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { Reputation } from "../../domain/reputation/reputation.ts";
import type { AccountFacts, CandidateFacts } from "../../domain/selection/selection-facts.ts";
import type { Instant } from "../../domain/time.ts";
import { incidentOfVendor } from "./guard.ts";
import { isRegistered } from "./registration.ts";
import { reputationAt } from "./reputation.ts";

/** One thing that venues or their vendors' incidents have against a candidate. */
export interface VenueFinding {
  readonly reason:
    | "not_registered"
    | "refused_at"
    | "geo_blocked_at"
    | "burned_at"
    | "limited_at"
    | "vendor_incident"
    | "country_not_allowed";
  /** `operator`: nothing ends it by itself. */
  readonly retryClass: "returns" | "operator";
  /** The words that follow the label. */
  readonly words: string;
  readonly untilAt: Instant | undefined;
  /** The exit that must be registered. */
  readonly exitIp?: IpAddress;
  /** What ends it, where that is not the same wherever the reason stands. */
  readonly repair?: string;
}

/** What stands against a candidate at the account's venues now, the gravest first; nothing when they serve it. */
export function venueFindings(
  candidate: CandidateFacts,
  facts: AccountFacts,
  now: Instant,
): readonly VenueFinding[] {
  return [
    ...unregistered(candidate, facts),
    ...refused(candidate, facts.account),
    ...reputationsNow(candidate, facts.account, now).flatMap((row) => heldAgainst(row, candidate, facts)),
    ...roundABlock(candidate, facts, now),
    ...inIncident(candidate, facts, now),
  ];
}

/** The candidate's reputations that matter to the account, as they are now. */
export function reputationsNow(
  { reputations }: Pick<CandidateFacts, "reputations">,
  account: Account,
  now: Instant,
): readonly Reputation[] {
  return reputations.filter(({ venue }) => concerns(account, venue)).map((row) => reputationAt(row, now));
}

/** Whether venues of the account refuse an exit now, by its rows, and until when the last of them does; without an end until an operator's word. */
export function burnedUntil(
  rows: readonly Reputation[],
  account: Account,
  now: Instant,
): { readonly known: boolean; readonly untilAt: Instant | undefined } {
  const burned = reputationsNow({ reputations: rows }, account, now).filter(
    ({ state }) => state === "burned" || state === "geo_blocked",
  );
  const ends = burned.flatMap(({ untilAt }) => untilAt ?? []);
  const isEndless = ends.length < burned.length || ends.length === 0;
  return { known: burned.length > 0, untilAt: isEndless ? undefined : (Math.max(...ends) as Instant) };
}

/** Whether all venues of the account are known to take its key from this exit. */
export function isAccepted({ acceptances }: CandidateFacts, { venues }: Account): boolean {
  return venues.every((venue) => acceptances.some((row) => row.venue === venue && row.state === "accepted"));
}

/** The exit that a candidate is thought to have: the last that was seen, else the expected one. */
export function exitOfCandidate({ lastExitIp, proxy }: CandidateFacts): IpAddress | undefined {
  return lastExitIp ?? proxy.expectedIp;
}

/** Says that an exit is on no list of the account's: words that follow the proxy's label. */
export function unregisteredWords(
  exitIps: readonly IpAddress[],
  { venues }: Pick<Account, "venues">,
): string {
  const where = venues.includes(anyVenue) ? "for this account" : `at ${venues.join(" and ")}`;
  return `has the exit ${exitIps.join(" and ")}, which is not registered ${where}`;
}

function concerns({ venues }: Account, venue: Reputation["venue"]): boolean {
  return venues.some((own) => own === venue || own === anyVenue);
}

// An exit that nobody has seen yet is looked at by its proof, before the bot's first request.
function unregistered(candidate: CandidateFacts, { account, registrations }: AccountFacts): VenueFinding[] {
  const exitIp = exitOfCandidate(candidate);
  if (exitIp === undefined || isRegistered([exitIp], registrations)) return [];
  const words = unregisteredWords([exitIp], account);
  return [{ reason: "not_registered", retryClass: "operator", words, untilAt: undefined, exitIp }];
}

function refused({ acceptances }: CandidateFacts, account: Account): VenueFinding[] {
  return acceptances
    .filter(({ state, venue }) => state === "refused" && concerns(account, venue))
    .map(({ venue, exitIp }) => ({
      reason: "refused_at",
      retryClass: "operator",
      words: `has the exit ${exitIp}, which ${venue} refuses for this account's key`,
      untilAt: undefined,
      exitIp,
    }));
}

function heldAgainst(
  { state, venue, untilAt }: Reputation,
  candidate: CandidateFacts,
  facts: AccountFacts,
): VenueFinding[] {
  switch (state) {
    case "burned": {
      const words = `is burned at ${venue}`;
      return [{ reason: "burned_at", retryClass: returnOf(untilAt), words, untilAt }];
    }
    case "geo_blocked": {
      const words = `stands where ${venue} serves nobody`;
      return [{ reason: "geo_blocked_at", retryClass: returnOf(untilAt), words, untilAt }];
    }
    case "limited": {
      // A rate limit never moves an account: started again, it comes back to where it was.
      if (isLastUsed(candidate, facts)) return [];
      return [{ reason: "limited_at", retryClass: "returns", words: `is rate-limited at ${venue}`, untilAt }];
    }
    default:
      return [];
  }
}

/** How an operator lets an account go round a block of the country: words with what to type, without the last full stop. */
export function howToDeclare(accountName: string): string {
  return `Declare from which countries it may trade with \`launch account edit ${accountName} --country CODE\`; only exits there are tried`;
}

// To go round a block of the country on one's own may breach the venue's terms or the law: neither a switch nor a new start does.
function roundABlock(candidate: CandidateFacts, facts: AccountFacts, now: Instant): VenueFinding[] {
  const { account, candidates } = facts;
  if (account.allowedCountries.length > 0 || isLastUsed(candidate, facts)) return [];
  const repair = howToDeclare(account.name);
  return candidates
    .filter((other) => isLastUsed(other, facts))
    .flatMap((last) =>
      reputationsNow(last, account, now)
        .filter(({ state }) => state === "geo_blocked")
        .map(({ venue, untilAt }) => ({
          reason: "country_not_allowed",
          retryClass: returnOf(untilAt),
          words: `is not tried: ${venue} serves nobody from where ${last.proxy.label} stands, and no country is declared`,
          untilAt,
          repair,
        })),
    );
}

function returnOf(untilAt: Instant | undefined): VenueFinding["retryClass"] {
  return untilAt === undefined ? "operator" : "returns";
}

function isLastUsed({ assignment }: CandidateFacts, { candidates }: AccountFacts): boolean {
  const { lastLeasedAt } = assignment;
  if (lastLeasedAt === undefined) return false;
  return candidates.every((other) => (other.assignment.lastLeasedAt ?? 0) <= lastLeasedAt);
}

function inIncident({ proxy }: CandidateFacts, { incidents }: AccountFacts, now: Instant): VenueFinding[] {
  const open = incidents.filter(({ untilAt }) => untilAt > now);
  const incident = incidentOfVendor(open, proxy.provider);
  if (incident === undefined) return [];
  const words = `is one of ${incident.name}'s, which has an incident`;
  return [{ reason: "vendor_incident", retryClass: "returns", words, untilAt: incident.untilAt }];
}
