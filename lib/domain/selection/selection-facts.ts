import type { Account } from "../account.ts";
import type { Assignment } from "../assignment.ts";
import type { IpAddress } from "../ip.ts";
import type { Proxy } from "../proxy/proxy.ts";
import type { ProxyHealth } from "../proxy/proxy-health.ts";
import type { Acceptance } from "../reputation/acceptance.ts";
import type { Incident } from "../reputation/incident.ts";
import type { Registration } from "../reputation/registration.ts";
import type { Reputation } from "../reputation/reputation.ts";
import type { Instant } from "../time.ts";

/** All that selection reads about one account. */
export interface AccountFacts {
  readonly account: Account;
  readonly candidates: readonly CandidateFacts[];
  /** Those on the list now; none means that the account may use every exit. */
  readonly registrations: readonly Registration[];
  /** Those that are not over, of the account's venues, its candidates' vendors and of hosts. */
  readonly incidents: readonly Incident[];
}

/** One proxy that the account may use, with what is known of it and of its exit. */
export interface CandidateFacts {
  readonly assignment: Assignment;
  readonly proxy: Proxy;
  /** What hosts have seen of it within the last days, each for itself. */
  readonly health: readonly ProxyHealth[];
  /** The last exit IP this proxy was proven to have. */
  readonly lastExitIp: IpAddress | undefined;
  /** When it showed it. */
  readonly lastExitAt?: Instant | undefined;
  /** Whether this account has left through that exit before (exit_uses). */
  readonly usedBefore: boolean;
  /** The account that holds that exit now for a conflicting venue, when another does. */
  readonly exitHeldBy: string | undefined;
  /** Of that exit, at the account's venues; at every venue that was seen for an account of any. */
  readonly reputations: readonly Reputation[];
  /** Of this account from that exit. */
  readonly acceptances: readonly Acceptance[];
}

/** What is asked again and again about an account and the exit that its bot is on. */
export interface HeldFacts {
  readonly account: Account;
  /** Undefined once the proxy was unassigned or removed. */
  readonly candidate: HeldCandidate | undefined;
}

export interface HeldCandidate extends Pick<CandidateFacts, "assignment" | "reputations"> {
  readonly proxy: Pick<Proxy, "isActive" | "revision">;
}
