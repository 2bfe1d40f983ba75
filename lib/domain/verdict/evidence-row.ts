import type { VenueName } from "../account.ts";
import type { AccountId, ProxyId, RunId } from "../ids.ts";
import type { IpAddress } from "../ip.ts";
import type { Instant } from "../time.ts";
import type { AnswerClass, EvidenceChannel } from "./answer-class.ts";

/**
 * What was seen of the way to a venue, where it answered nothing. `connect_failed`: the proxy could not be used.
 * `unreachable`: it could, and did not reach the venue.
 */
export type WaySign = "connect_failed" | "credential_refused" | "unreachable" | "drift" | "proven";

/** One piece of evidence as it is stored, whatever became of it. */
export interface EvidenceRow {
  /** As the host says that saw it. */
  readonly at: Instant;
  readonly accountId?: AccountId | undefined;
  readonly runId?: RunId | undefined;
  readonly proxyId?: ProxyId | undefined;
  /** The exit through which it was seen. */
  readonly exitIp?: IpAddress | undefined;
  readonly venue?: VenueName | undefined;
  /** The vendor, as `Proxy.provider` names it. */
  readonly provider?: string | undefined;
  /** The host that saw it, as `ProxyHealth` names it. */
  readonly hostKey: string;
  readonly channel: EvidenceChannel;
  readonly kind: AnswerClass | WaySign;
  /** Whether the incident guard counts it. */
  readonly isFailure: boolean;
  /** From 0 to 1, as `channelWeights` has it. */
  readonly weight: number;
  /** How many equal ones this stands for. */
  readonly times: number;
  readonly untilAt?: Instant | undefined;
  /** One plain sentence. */
  readonly why: string;
  /** Status, headers of the list, rule; never a secret, and of a body at most 512 bytes. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}
