import type { Account } from "../../../domain/account.ts";
import type { IpAddress } from "../../../domain/ip.ts";
import type { Proxy } from "../../../domain/proxy/proxy.ts";
import type { Acceptance } from "../../../domain/reputation/acceptance.ts";
import type { GuardFacts } from "../../../domain/reputation/incident.ts";
import type { Registration } from "../../../domain/reputation/registration.ts";
import type { Reputation } from "../../../domain/reputation/reputation.ts";
import type { PlannedCause } from "../../../domain/reputation/switch.ts";
import type { Instant } from "../../../domain/time.ts";
import type { Classified, EvidenceChannel } from "../../../domain/verdict/answer-class.ts";
import type { Observer } from "../../../domain/verdict/evidence.ts";
import type { VenueAnswer } from "../../../domain/verdict/venue-answer.ts";

/** A classified answer, report or probe, and by whom and through which channel it was seen. */
export interface SeenAnswer {
  readonly by: Observer;
  readonly channel: EvidenceChannel;
  readonly classified: Classified;
  /** How many equal ones it stands for. */
  readonly times: number;
  readonly at: Instant;
  /** What it was read from, where that is known. */
  readonly answer?: Pick<VenueAnswer, "status" | "body"> | undefined;
}

/** The exit through which an answer came. */
export interface AnsweredExit {
  readonly exitKey: string;
  readonly exitIp: IpAddress;
  readonly proxy: Pick<Proxy, "id" | "label" | "provider">;
  /** The vendor rents it to several customers: a stranger may have earned what is held against it. */
  readonly isShared: boolean;
}

/** One piece of evidence that was stored before, as far as the confirmation reads it. */
export interface EarlierEvidence {
  readonly accountId?: string | undefined;
  readonly channel: EvidenceChannel;
  readonly kind: string;
  readonly times: number;
  readonly at: Instant;
}

/** `failed`: the venue refused the exit. `silent`: it was asked, and what came says nothing of the exit. */
export type ProbeOutcome = "passed" | "failed" | "silent" | "unasked";

/** What a judgement reads, just before it writes. */
export interface AnswerFacts {
  readonly account: Account;
  readonly exit: AnsweredExit;
  /** Of this exit at the answering venue; undefined where nothing was ever held against it. */
  readonly reputation: Reputation | undefined;
  /** Of this account there. */
  readonly acceptance: Acceptance | undefined;
  /** Of this account, those that are off the list too. */
  readonly registrations: readonly Registration[];
  /** Of this venue, through this exit or by this account, within the longest time that a rule looks back; without the answer that is judged. */
  readonly earlier: readonly EarlierEvidence[];
  /** Other exits that were burned under this account within `SwitchRules.dayMs`. */
  readonly burnsOfDay: number;
  /** What the venue answered to a probe of ours since: through this exit, and through the best candidate. */
  readonly probes: { readonly exit: ProbeOutcome; readonly candidate: ProbeOutcome };
  /** Whether the world still sees the proven exit, asked since the answer came. */
  readonly exitSeen: "matches" | "differs" | "unasked";
  /** The kinds of history lines that this run wrote of the account's troubles within `SwitchRules.toldEveryMs`. */
  readonly told: readonly string[];
  readonly guard: GuardFacts;
}

/** What whoever judged an answer does next. */
export type AnswerDecision =
  | { readonly kind: "none" }
  /** Limited, or banned for a short time: the bot stays where it is. */
  | { readonly kind: "wait"; readonly untilAt: Instant; readonly why: string }
  /** Ask the witnesses which address the world sees, then judge again. */
  | { readonly kind: "check-exit"; readonly why: string }
  /** Ask the venue by a probe of ours, then judge again. */
  | { readonly kind: "probe-venue"; readonly through: "exit" | "candidate"; readonly why: string }
  /** `backOffMs`: the bot caused it itself and is stopped for so long first. */
  | {
      readonly kind: "leave";
      readonly cause: Extract<PlannedCause, "burned" | "geo_blocked">;
      readonly why: string;
      readonly backOffMs: number;
    }
  /** No exit that the account may use would help: the bot is stopped and an operator is told. */
  | { readonly kind: "stop"; readonly why: string; readonly hint: string };
