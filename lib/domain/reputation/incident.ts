import type { AccountId } from "../ids.ts";
import type { Instant } from "../time.ts";

/** Where many fail at once, and none of the exits is to blame. */
export type IncidentKind = "venue" | "vendor" | "host";

/** A failure of many that lasts; it is kept in the database so that every launcher heeds it. */
export interface Incident {
  readonly kind: IncidentKind;
  /** The venue, the vendor (`Proxy.provider`), or the host's key. */
  readonly name: string;
  readonly since: Instant;
  /** It is over then, unless it is seen again. */
  readonly untilAt: Instant;
  readonly why: string;
}

/** One account's newest failure within the window, and the exit that it was on. */
export interface RecentFailure {
  readonly accountId: AccountId;
  readonly exitKey: string;
  readonly at: Instant;
}

/** How many run somewhere, and who of them had any failure within the window (`SwitchRules.guardWindowMs`). */
export interface ScopeFacts {
  readonly name: string;
  /** Accounts whose bots run there now. */
  readonly running: number;
  /** Different exits that these hold. */
  readonly exits: number;
  readonly failing: readonly RecentFailure[];
}

/**
 * What the incident guard reads, by the database's clock. Venues and vendors are those at which somebody failed. Venues: failures that a venue answered, of all hosts. Vendors: failures of
 * the way through a vendor's proxies, of all hosts. Host: the same, of one host alone, by vendor.
 */
export interface GuardFacts {
  readonly venues: readonly ScopeFacts[];
  readonly vendors: readonly ScopeFacts[];
  readonly host: { readonly hostKey: string; readonly vendors: readonly ScopeFacts[] };
  /** Incidents that were seen before and are not over yet. */
  readonly open: readonly Incident[];
}
