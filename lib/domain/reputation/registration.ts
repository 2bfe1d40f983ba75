import type { AccountId } from "../ids.ts";
import type { IpAddress } from "../ip.ts";
import type { Instant } from "../time.ts";

/** An address that the account's venues know, as its operator says; an account without any may use every exit. */
export interface Registration {
  readonly accountId: AccountId;
  readonly exitIp: IpAddress;
  readonly exitKey: string;
  readonly from: Instant;
  /** Undefined while it is on the list; what was taken off stays with its time, because changes are counted. */
  readonly until: Instant | undefined;
  /** `user:<name>`. */
  readonly by: string;
}
