import type { VenueName } from "../account.ts";
import type { IpAddress } from "../ip.ts";
import type { Instant } from "../time.ts";

export const reputationStates = ["clear", "limited", "burned", "probation", "geo_blocked"] as const;
/** How a venue treats an exit IP, for whichever account leaves through it. */
export type ReputationState = (typeof reputationStates)[number];

/** What moved it last: an answer's class that concerns the exit, or an operator's word. */
export type ReputationCause = "rate_limited" | "ip_banned" | "waf_blocked" | "geo_blocked" | "operator";

/** The reputation of one exit at one venue; where there is no row it is clear and has no failure. */
export interface Reputation {
  /** As `exitKeyOf` gives it: an IPv4 address, or the /64 of an IPv6 one. */
  readonly exitKey: string;
  readonly exitIp: IpAddress;
  readonly venue: VenueName;
  readonly state: ReputationState;
  readonly because: ReputationCause | undefined;
  /** On the wall clock. Burned without an end stays so until an operator revives the exit. */
  readonly untilAt: Instant | undefined;
  /** Burns that were not forgiven yet; each doubles the next wait. */
  readonly failures: number;
  readonly since: Instant;
  /** When the venue is to be asked through this exit again. */
  readonly nextProbeAt: Instant | undefined;
  /** How long the exit was leased without trouble since its last failure came or was forgiven. */
  readonly cleanMs: number;
}
