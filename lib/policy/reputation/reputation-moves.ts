import type { Reputation, ReputationState } from "../../domain/reputation/reputation.ts";
import type { Instant } from "../../domain/time.ts";
import type { Moment, ReputationSignal } from "./reputation-signal.ts";

type Of<T extends ReputationSignal["type"]> = Extract<ReputationSignal, { readonly type: T }>;

/** The venue asks for a pause: no failure of the exit. */
export function limit(
  current: Reputation,
  { untilAt }: Of<"rate-limited">,
  { now, rules }: Moment,
): Reputation {
  const until = later(current.untilAt, untilAt ?? ((now + rules.limitedMs) as Instant));
  return enter(current, "limited", now, { because: "rate_limited", untilAt: until });
}

/** One failure more; the fifth keeps the exit out until an operator revives it, unless nobody but its bot says so. */
export function burn(
  current: Reputation,
  { because, untilAt, isStrangers, isBotsWord }: Of<"burned">,
  moment: Moment,
): Reputation {
  const { now, rules } = moment;
  const most = isBotsWord ? Math.max(current.failures, rules.mostFailures - 1) : Number.POSITIVE_INFINITY;
  const failures = Math.min(most, current.failures + (isStrangers ? 0 : 1));
  const isOver = failures >= rules.mostFailures && !isBotsWord;
  const wait = untilAt === undefined ? ownWait(because, failures, moment) : venuesWait(untilAt, moment);
  const until = isOver ? undefined : later(current.untilAt, (now + wait) as Instant);
  return enter(current, "burned", now, { because, untilAt: until, failures, nextProbeAt: until, cleanMs: 0 });
}

/** Still refused by the same burn: its end may come later, never earlier, and it is no failure more. */
export function prolong(
  current: Reputation,
  { untilAt }: Of<"burned" | "rate-limited">,
  moment: Moment,
): Reputation {
  if (current.untilAt === undefined || untilAt === undefined || untilAt <= current.untilAt) return current;
  const until = later(current.untilAt, (moment.now + venuesWait(untilAt, moment)) as Instant);
  return { ...current, untilAt: until, nextProbeAt: until };
}

/** The venue serves no one from where this exit stands; what nobody but the bot says is believed for a day. */
export function blockCountry(
  current: Reputation,
  { isBotsWord }: Of<"geo-blocked">,
  { now, rules }: Moment,
): Reputation {
  if (isBotsWord && current.state === "burned" && current.untilAt === undefined) return current;
  const untilAt = isBotsWord ? later(current.untilAt, (now + rules.burnedCapMs) as Instant) : undefined;
  return enter(current, "geo_blocked", now, { because: "geo_blocked", untilAt, nextProbeAt: untilAt });
}

/** What was believed for a day has been made sure of. */
export function confirmBlock(current: Reputation, signal: Of<"geo-blocked">, moment: Moment): Reputation {
  const isNews = current.untilAt !== undefined && !signal.isBotsWord;
  return isNews ? blockCountry(current, signal, moment) : current;
}

/** The pause that the venue asked for is over. */
export function endLimit(current: Reputation, _signal: Of<"until-passed">, { now }: Moment): Reputation {
  return enter(current, "clear", now, { untilAt: undefined });
}

/** It may be used again, and has to show itself. */
export function returnOnProbation(
  current: Reputation,
  _signal: Of<"until-passed">,
  { now }: Moment,
): Reputation {
  const since = current.untilAt ?? now;
  return enter(current, "probation", since, { untilAt: undefined, nextProbeAt: since, cleanMs: 0 });
}

/** A day of clean use takes one failure off. */
export function forgive(current: Reputation, { cleanMs }: Of<"used-cleanly">, { rules }: Moment): Reputation {
  const whole = current.cleanMs + cleanMs;
  const days = Math.min(current.failures, Math.floor(whole / rules.forgiveMs));
  return { ...current, failures: current.failures - days, cleanMs: whole - days * rules.forgiveMs };
}

/** Used without trouble for long enough, it is clear. */
export function standProbation(current: Reputation, signal: Of<"used-cleanly">, moment: Moment): Reputation {
  const forgiven = forgive(current, signal, moment);
  const isStood = current.cleanMs + signal.cleanMs >= moment.rules.probationMs;
  return isStood ? enter(forgiven, "clear", moment.now, { nextProbeAt: undefined }) : forgiven;
}

/** Unused with good probes for long enough, it is clear too; until then it is probed again. */
export function probeOnProbation(
  current: Reputation,
  _signal: Of<"probe-passed">,
  { now, rules }: Moment,
): Reputation {
  const isStood = now - current.since >= rules.idleProbationMs;
  if (isStood) return enter(current, "clear", now, { nextProbeAt: undefined });
  return { ...current, nextProbeAt: (now + rules.probationProbeMs) as Instant };
}

/** An operator's word; it may shorten what was known. */
export function burnByWord(
  current: Reputation,
  { untilAt }: Of<"burned-by-operator">,
  { now }: Moment,
): Reputation {
  return enter(current, "burned", now, { because: "operator", untilAt, nextProbeAt: untilAt, cleanMs: 0 });
}

/** A bot knows better than what its venue said; what an operator said, or what only an operator ends, stays. */
export function clearByBot(current: Reputation, _signal: Of<"cleared-by-bot">, { now }: Moment): Reputation {
  const isOperators = current.because === "operator";
  if (isOperators || (current.state === "burned" && current.untilAt === undefined)) return current;
  return enter(current, "clear", now, { because: undefined, untilAt: undefined, nextProbeAt: undefined });
}

/** An operator's word: nothing is held against it. */
export function revive(current: Reputation, _signal: Of<"revived">, { now }: Moment): Reputation {
  const fresh = {
    because: "operator",
    untilAt: undefined,
    failures: 0,
    nextProbeAt: undefined,
    cleanMs: 0,
  } as const;
  return enter(current, "clear", now, fresh);
}

function enter(
  current: Reputation,
  state: ReputationState,
  now: Instant,
  change: Partial<Reputation>,
): Reputation {
  return { ...current, ...change, state, since: current.state === state ? current.since : now };
}

function later(known: Instant | undefined, named: Instant): Instant {
  return Math.max(known ?? 0, named) as Instant;
}

// A venue's own time is kept to in any case, with a margin; it has grown with the bans that the venue counted itself.
function venuesWait(untilAt: Instant, { now, random01, rules }: Moment): number {
  const share = rules.untilShare + rules.jitter * (2 * random01 - 1);
  return Math.round(Math.max(0, untilAt - now) * (1 + Math.max(0, share)) + rules.untilExtraMs);
}

function ownWait(because: Of<"burned">["because"], failures: number, { random01, rules }: Moment): number {
  const base = because === "waf_blocked" ? rules.blockedMs : rules.bannedMs;
  const whole = Math.min(rules.burnedCapMs, base * 2 ** (Math.max(1, failures) - 1));
  return Math.min(rules.burnedCapMs, Math.round(whole * (1 + rules.jitter * (2 * random01 - 1))));
}
