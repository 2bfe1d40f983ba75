import type { VenueName } from "../../../domain/account.ts";
import type { AccountId } from "../../../domain/ids.ts";
import type { Acceptance } from "../../../domain/reputation/acceptance.ts";
import type { Incident } from "../../../domain/reputation/incident.ts";
import type { Reputation } from "../../../domain/reputation/reputation.ts";

/** How exits stand at venues, which of them an account may use there, and what fails for many now. Written by `Store.apply`. */
export interface ReputationStore {
  /** By venue and exit; of all without a filter. */
  list(filter?: ReputationFilter): Promise<readonly Reputation[]>;
  acceptances(filter: { readonly accountId: AccountId }): Promise<readonly Acceptance[]>;
  /** Those that are not over, by the database's clock. */
  incidents(): Promise<readonly Incident[]>;
}

export interface ReputationFilter {
  /** As `exitKeyOf` gives them. */
  readonly exitKeys?: readonly string[];
  readonly venues?: readonly VenueName[];
}
