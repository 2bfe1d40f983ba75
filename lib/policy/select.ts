import type { Account } from "../domain/account.ts";
import type { ProxyId } from "../domain/ids.ts";
import { neighbourhoodOf } from "../domain/ip.ts";
import { isRentedToOthers } from "../domain/proxy/proxy.ts";
import type { AccountFacts, CandidateFacts } from "../domain/selection/selection-facts.ts";
import type { Instant } from "../domain/time.ts";
import { type EligibilityContext, isOnProbation, rejectionOf } from "./eligibility.ts";
import { type Rejection, statusOfRejections } from "./rejection.ts";
import { exitOfCandidate, isAccepted, reputationsNow } from "./reputation/venue-findings.ts";

/** Where an exit stands: its vendor and its network. */
export interface Surroundings {
  readonly provider: string | undefined;
  readonly neighbourhood: string | undefined;
}

export interface SelectionContext extends EligibilityContext {
  /** Where the exit that was just lost stood: an incident there may reach its neighbours. */
  readonly lost?: Surroundings | undefined;
  /** The proxy that the account is on now: it stays there while it is eligible. */
  readonly sticky?: ProxyId | undefined;
  readonly order: "continuity" | "round_robin";
}

export type Selection =
  | {
      readonly kind: "chosen";
      readonly candidate: CandidateFacts;
      /** Every eligible candidate, best first; the first is `candidate`. */
      readonly ranked: readonly CandidateFacts[];
      readonly rejected: readonly Rejection[];
    }
  | {
      readonly kind: "none";
      readonly rejected: readonly Rejection[];
      /** The earliest known moment at which a candidate becomes eligible by itself. */
      readonly canBecomeEligibleAt: Instant | undefined;
      readonly exitStatus: 69 | 75 | 77;
    };

/** Chooses the account's proxy in the order of docs/architecture.md, Selection order; none eligible is an answer, never a reason to take a bad one. */
export function select(facts: AccountFacts, context: SelectionContext): Selection {
  const rejected: Rejection[] = [];
  const eligible: CandidateFacts[] = [];
  for (const candidate of facts.candidates) {
    const rejection = rejectionOf(candidate, facts, context);
    if (rejection === undefined) eligible.push(candidate);
    else rejected.push(rejection);
  }
  const ranked = eligible
    .map((candidate) => ({ candidate, rank: rankOf(candidate, facts.account, context) }))
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .map(({ candidate }) => candidate);
  const [candidate] = ranked;
  if (candidate !== undefined) return { kind: "chosen", candidate, ranked, rejected };
  return {
    kind: "none",
    rejected,
    canBecomeEligibleAt: earliestReturn(rejected),
    exitStatus: statusOfRejections(rejected),
  };
}

const mostControls = 3;

/**
 * Those of the ranked candidates by which it is found out whether this host reaches anything, at most three: what was last seen well
 * comes first, else three dead proxies of a better priority would speak for the rest for ever.
 */
export function controlsAmong(
  ranked: readonly CandidateFacts[],
  account: Account,
  context: Pick<EligibilityContext, "hostKey" | "nowMs">,
): readonly CandidateFacts[] {
  const ailing = (candidate: CandidateFacts) => Number(isOnProbation(candidate, account, context));
  return ranked.toSorted((a, b) => ailing(a) - ailing(b)).slice(0, mostControls);
}

type Rank = readonly (number | string)[];

function rankOf(candidate: CandidateFacts, account: Account, context: SelectionContext): Rank {
  const { assignment, proxy, usedBefore } = candidate;
  return [
    proxy.id === context.sticky ? 0 : 1,
    assignment.priority,
    isOnProbation(candidate, account, context) ? 1 : 0,
    failuresOf(candidate, account, context),
    sharedWithLost(candidate, context.lost),
    isRentedToOthers(proxy) ? 1 : 0,
    isAccepted(candidate, account) ? 0 : 1,
    context.order === "continuity" && !usedBefore ? 1 : 0,
    assignment.lastLeasedAt ?? Number.NEGATIVE_INFINITY,
    proxy.id,
  ];
}

// The exit's failures at the venue where it has most of them count beside the assignment's own.
function failuresOf(candidate: CandidateFacts, account: Account, { nowMs }: SelectionContext): number {
  const rows = reputationsNow(candidate, account, nowMs);
  return candidate.assignment.failures + Math.max(0, ...rows.map(({ failures }) => failures));
}

// 0 when neither the vendor nor the network is the lost one's, 2 when both are; what is unknown counts as different.
function sharedWithLost(candidate: CandidateFacts, lost: SelectionContext["lost"]): number {
  if (lost === undefined) return 0;
  const exitIp = exitOfCandidate(candidate);
  const neighbourhood = exitIp === undefined ? undefined : neighbourhoodOf(exitIp);
  const { provider } = candidate.proxy;
  return (
    Number(provider !== undefined && provider === lost.provider) +
    Number(neighbourhood !== undefined && neighbourhood === lost.neighbourhood)
  );
}

function compareRanks(a: Rank, b: Rank): number {
  for (const [index, own] of a.entries()) {
    const other = b[index] ?? 0;
    if (own !== other) return own < other ? -1 : 1;
  }
  return 0;
}

function earliestReturn(rejected: readonly Rejection[]): Instant | undefined {
  const times = rejected.flatMap(({ retryClass, untilAt }) =>
    retryClass === "returns" && untilAt !== undefined ? [untilAt] : [],
  );
  return times.length === 0 ? undefined : (Math.min(...times) as Instant);
}
