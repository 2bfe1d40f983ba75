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

/** How often a list of registered exits may change. */
export interface ChangeLimit {
  readonly most: number;
  readonly withinMs: number;
}

/** Reads `1/7d` or `2/24h`; undefined when the text is something else. */
export function parseChangeLimit(text: string): ChangeLimit | undefined {
  const [, most = "", count = "", unit] = /^([1-9]\d?)\/([1-9]\d{0,2})([hd])$/.exec(text.trim()) ?? [];
  if (unit === undefined) return undefined;
  return { most: Number(most), withinMs: Number(count) * (unit === "h" ? 3_600_000 : 86_400_000) };
}
