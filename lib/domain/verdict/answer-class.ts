import type { VenueName } from "../account.ts";
import type { IpAddress } from "../ip.ts";
import type { Instant } from "../time.ts";

/**
 * What an answer of a venue means. `accepted` is a signed success. `rate_limited`, `ip_banned`, `waf_blocked` and `geo_blocked`
 * concern the exit; `account_limited`, `account_blocked` and `key_refused` the account; `not_registered` the account on this
 * exit; `venue_trouble` the venue. `ambiguous` asks for the exit's address first; `unknown` is evidence and never a verdict.
 */
export const answerClasses = [
  "ok",
  "accepted",
  "rate_limited",
  "account_limited",
  "ip_banned",
  "waf_blocked",
  "geo_blocked",
  "account_blocked",
  "not_registered",
  "key_refused",
  "ambiguous",
  "venue_trouble",
  "unknown",
] as const;

export type AnswerClass = (typeof answerClasses)[number];

/** An answer with its meaning. */
export interface Classified {
  readonly venue: VenueName;
  readonly class: AnswerClass;
  /** Which rule decided, such as `binance/418`. */
  readonly rule: string;
  readonly untilAt: Instant | undefined;
  /** The exit's address, where the answer itself names it. */
  readonly namedIp: IpAddress | undefined;
  /** One plain sentence. */
  readonly text: string;
}

/** Where evidence about a venue came from. */
export type EvidenceChannel = "relay" | "inside" | "output" | "report" | "probe" | "operator";

/** How much one piece of evidence of each channel counts: two independent ones below 0.9 confirm each other. */
export const channelWeights: Readonly<Record<EvidenceChannel, number>> = {
  relay: 0.6,
  inside: 0.9,
  output: 0.7,
  report: 1,
  probe: 1,
  operator: 1,
};
