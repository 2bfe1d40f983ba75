import type { Account, VenueName } from "../../domain/account.ts";
import { anyVenue } from "../../domain/account.ts";
import { exitKeyOf, type IpAddress } from "../../domain/ip.ts";
import { stateOf } from "../../domain/proxy/proxy.ts";
import type { AcceptanceState } from "../../domain/reputation/acceptance.ts";
import type { Registration } from "../../domain/reputation/registration.ts";
import type { ReputationState } from "../../domain/reputation/reputation.ts";
import type { CandidateFacts } from "../../domain/selection/selection-facts.ts";
import type { Instant } from "../../domain/time.ts";
import { isRegistered, nextChangeAt } from "../../policy/reputation/registration.ts";
import { exitOfCandidate, reputationsNow } from "../../policy/reputation/venue-findings.ts";
import { requireFacts } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";

/** One assigned exit, as the account's venues see it. */
export interface AccountExit {
  readonly proxyLabel: string;
  readonly priority: number;
  readonly status: CandidateFacts["assignment"]["status"];
  /** Undefined where nobody knows it yet. */
  readonly exitIp: IpAddress | undefined;
  /** When it was seen; undefined where it is only expected. */
  readonly provenAt: Instant | undefined;
  /** Since when its proxy shows another address, which nobody has accepted. */
  readonly swappedAt: Instant | undefined;
  /** Undefined where the account has no list. */
  readonly isRegistered: boolean | undefined;
  readonly venues: readonly ExitAtVenue[];
}

export interface ExitAtVenue {
  readonly venue: VenueName;
  /** Undefined where nobody knows. */
  readonly acceptance: AcceptanceState | undefined;
  readonly reputation: ReputationState;
  readonly untilAt: Instant | undefined;
}

export interface AccountExits {
  readonly account: Account;
  readonly exits: readonly AccountExit[];
  /** The addresses on the list now. */
  readonly registered: readonly IpAddress[];
  /** When the list may be changed again; undefined where no limit was declared. */
  readonly nextChangeAt: Instant | undefined;
}

/** Every exit that an account may use, by priority, with what its venues are known to say of it. */
export async function listAccountExits(
  { store, clock }: Pick<Operator, "store" | "clock">,
  name: string,
): Promise<AccountExits> {
  const { account, registrations, candidates } = await requireFacts(store, name);
  const now = clock.now();
  const history = await store.accounts.registrations(account.id);
  return {
    account,
    exits: candidates.map((candidate) => exitOf(candidate, { account, registrations, now })),
    registered: registrations.map(({ exitIp }) => exitIp),
    nextChangeAt: nextChangeAt(history, account.registeredChanges, now),
  };
}

function exitOf(
  candidate: CandidateFacts,
  {
    account,
    registrations,
    now,
  }: { readonly account: Account; readonly registrations: readonly Registration[]; readonly now: Instant },
): AccountExit {
  const { assignment, proxy, lastExitIp, acceptances } = candidate;
  const exitIp = exitOfCandidate(candidate);
  const reputations = reputationsNow(candidate, account, now);
  const seen = [...acceptances.map(({ venue }) => venue), ...reputations.map(({ venue }) => venue)];
  const own = account.venues.filter((venue) => venue !== anyVenue);
  return {
    proxyLabel: proxy.label,
    priority: assignment.priority,
    status: assignment.status,
    exitIp,
    provenAt: lastExitIp === undefined ? undefined : candidate.lastExitAt,
    swappedAt: stateOf(proxy, now) === "drifted" ? proxy.stateSince : undefined,
    isRegistered:
      registrations.length === 0 ? undefined : exitIp !== undefined && isRegistered([exitIp], registrations),
    venues: [...new Set([...own, ...seen])].map((venue) => {
      const reputation = reputations.find((row) => row.venue === venue);
      const isOfExit = (row: { readonly exitKey: string }) =>
        exitIp !== undefined && row.exitKey === exitKeyOf(exitIp);
      return {
        venue,
        acceptance: acceptances.find((row) => row.venue === venue && isOfExit(row))?.state,
        reputation: reputation?.state ?? "clear",
        untilAt: reputation?.untilAt,
      };
    }),
  };
}
