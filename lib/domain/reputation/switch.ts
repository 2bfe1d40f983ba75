import type { VenueName } from "../account.ts";
import type { AccountId, RunId } from "../ids.ts";
import type { Instant } from "../time.ts";
import type { GuardFacts } from "./incident.ts";

/** Why an account leaves an exit that still works; only these need a budget (`operator` passes every one). */
export type PlannedCause =
  | "burned"
  | "geo_blocked"
  | "slow_burn"
  | "expiring"
  | "vendor_incident"
  | "operator";

/** Why an exit was lost; such a switch is paced and never refused. */
export type LostCause = "transport" | "drift" | "auth";

/** Whose switch it is, and what it counts against. */
export interface SwitchSubject {
  readonly accountId: AccountId;
  readonly runId: RunId;
  readonly venues: readonly VenueName[];
  readonly provider: string | undefined;
  /** The exit that is left. */
  readonly exitKey: string | undefined;
  readonly hostKey: string;
}

/** An account wants to leave its exit for another one. */
export type SwitchRequest =
  | (SwitchSubject & { readonly kind: "planned"; readonly cause: PlannedCause })
  | (SwitchSubject & { readonly kind: "lost"; readonly cause: LostCause });

/** A switch that was granted; `at` is when it may begin, which the fleet's pace may have put later than the granting. */
export interface Permit {
  readonly accountId: AccountId;
  readonly kind: SwitchRequest["kind"];
  readonly cause: SwitchRequest["cause"];
  readonly at: Instant;
}

/** What a claim is decided by: read in one transaction under the scopes' locks, by the database's clock. */
export interface SwitchFacts {
  readonly now: Instant;
  /** Of this account, within `SwitchRules.dayMs`. */
  readonly ofAccount: readonly Permit[];
  /** Of everybody, later than a minute ago (`SwitchRules.fleetWindowMs`); those that begin in the future too. */
  readonly ofFleet: readonly Permit[];
  readonly runningAccounts: number;
  readonly guard: GuardFacts;
}

/** `incidents`: what the guard sees now, for the store to keep. */
export type SwitchDecision = { readonly incidents: readonly GuardFacts["open"][number][] } & (
  | { readonly kind: "granted"; readonly delayMs: number }
  | {
      readonly kind: "refused";
      readonly because: "account_budget" | "fleet_pace" | "incident";
      readonly untilAt: Instant;
      readonly why: string;
    }
);
