import type { VenueName } from "../../../../lib/domain/account.ts";
import type { AccountId, RunId } from "../../../../lib/domain/ids.ts";
import { exitKeyOf } from "../../../../lib/domain/ip.ts";
import type { GuardFacts, ScopeFacts } from "../../../../lib/domain/reputation/incident.ts";
import type { Reputation } from "../../../../lib/domain/reputation/reputation.ts";
import type { Permit, SwitchFacts, SwitchRequest } from "../../../../lib/domain/reputation/switch.ts";
import { switchDefaults } from "../../../../lib/domain/reputation/switch-rules.ts";
import { type Instant, instant } from "../../../../lib/domain/time.ts";
import type { AnswerClass, Classified } from "../../../../lib/domain/verdict/answer-class.ts";
import type { AnswerFacts, SeenAnswer } from "../../../../lib/policy/reputation/answer/answer-facts.ts";
import { clearReputation } from "../../../../lib/policy/reputation/reputation.ts";
import type { Moment } from "../../../../lib/policy/reputation/reputation-signal.ts";
import { accountFacts, exit, nowMs } from "../facts.ts";

export const rules = switchDefaults;
export const binance = "binance" as VenueName;
export const alice = accountFacts().id;
export const exitIp = exit("203.0.113.7");
export const exitKey = exitKeyOf(exitIp);

/** So much later than `nowMs`. */
export function inMs(ms: number): Instant {
  return instant(nowMs + ms);
}

export function moment(ms = 0, change: Partial<Moment> = {}): Moment {
  return { now: inMs(ms), random01: 0.5, rules, ...change };
}

export function accountNumber(n: number): AccountId {
  return `00000000-0000-4000-9000-${n.toString().padStart(12, "0")}` as AccountId;
}

/** A scope in which the first `failing` of `running` accounts fail now, each on its own exit. */
export function scope(name: string, running: number, failing: number, at = nowMs): ScopeFacts {
  const rows = Array.from({ length: failing }, (_, n) => ({
    accountId: accountNumber(n),
    exitKey: `198.51.100.${n}`,
    at,
  }));
  return { name, running, exits: running, failing: rows };
}

export function quietGuard(change: Partial<GuardFacts> = {}): GuardFacts {
  return { venues: [], vendors: [], host: { hostKey: "here", vendors: [] }, open: [], ...change };
}

export function permit(at: Instant, change: Partial<Permit> = {}): Permit {
  return { accountId: alice, kind: "planned", cause: "burned", at, ...change };
}

export function request(change: Partial<SwitchRequest> = {}): SwitchRequest {
  const base = { accountId: alice, runId: "run" as RunId, venues: [binance], provider: "vendor-a", exitKey };
  return { ...base, hostKey: "here", kind: "planned", cause: "burned", ...change } as SwitchRequest;
}

export function switchFacts(change: Partial<SwitchFacts> = {}): SwitchFacts {
  return { now: nowMs, ofAccount: [], ofFleet: [], runningAccounts: 20, guard: quietGuard(), ...change };
}

export function reputation(change: Partial<Reputation> = {}): Reputation {
  return { ...clearReputation({ exitKey, exitIp, venue: binance }, nowMs), ...change };
}

export function answer(
  answerClass: AnswerClass,
  change: Partial<Omit<SeenAnswer, "classified">> & { readonly classified?: Partial<Classified> } = {},
): SeenAnswer {
  const { classified, ...rest } = change;
  return {
    by: { actor: "system", host: "host-a", hostKey: "here", runId: undefined, accountId: alice },
    channel: "inside",
    times: 1,
    at: nowMs,
    classified: {
      venue: binance,
      class: answerClass,
      rule: "binance/test",
      untilAt: undefined,
      namedIp: undefined,
      text: "Binance said so.",
      ...classified,
    },
    ...rest,
  };
}

export function answerFacts(change: Partial<AnswerFacts> = {}): AnswerFacts {
  const proxy = { id: "p1" as AnswerFacts["exit"]["proxy"]["id"], label: "fra-1", provider: "vendor-a" };
  return {
    account: accountFacts({ venues: [binance] }),
    exit: { exitKey, exitIp, proxy, isShared: false },
    reputation: undefined,
    acceptance: undefined,
    registrations: [],
    earlier: [],
    burnsOfDay: 0,
    probes: { exit: "unasked", candidate: "unasked" },
    exitSeen: "unasked",
    told: [],
    guard: quietGuard(),
    ...change,
  };
}
