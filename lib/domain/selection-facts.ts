import type { Account } from "./account.ts";
import type { Assignment } from "./assignment.ts";
import type { IpAddress } from "./ip.ts";
import type { Proxy } from "./proxy/proxy.ts";
import type { ProxyHealth } from "./proxy/proxy-health.ts";

/** All that selection reads about one account. */
export interface AccountFacts {
  readonly account: Account;
  readonly candidates: readonly CandidateFacts[];
}

/** One proxy that the account may use, with what is known of it and of its exit. */
export interface CandidateFacts {
  readonly assignment: Assignment;
  readonly proxy: Proxy;
  /** What hosts have seen of it within the last days, each for itself. */
  readonly health: readonly ProxyHealth[];
  /** The last exit IP this proxy was proven to have. */
  readonly lastExitIp: IpAddress | undefined;
  /** Whether this account has left through that exit before (exit_uses). */
  readonly usedBefore: boolean;
  /** The account that holds that exit now for a conflicting venue, when another does. */
  readonly exitHeldBy: string | undefined;
}
