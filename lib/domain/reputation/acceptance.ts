import type { VenueName } from "../account.ts";
import type { AccountId } from "../ids.ts";
import type { IpAddress } from "../ip.ts";
import type { Instant } from "../time.ts";

export const acceptanceStates = ["accepted", "refused"] as const;
/** Whether a venue takes an account's signed requests from an exit. */
export type AcceptanceState = (typeof acceptanceStates)[number];

/** What is known of an account's key at a venue from one exit; where there is no row nobody knows. */
export interface Acceptance {
  readonly accountId: AccountId;
  readonly venue: VenueName;
  readonly exitKey: string;
  readonly exitIp: IpAddress;
  readonly state: AcceptanceState;
  readonly by: "answer" | "operator";
  readonly why: string;
  readonly at: Instant;
}
