import type { HistoryEvent } from "../../../domain/event.ts";
import type { Reputation } from "../../../domain/reputation/reputation.ts";
import { describeWait, type Instant } from "../../../domain/time.ts";
import type { Change } from "../../../domain/verdict/change.ts";
import { incidentOfVendor, incidentsIn, incidentThatHolds } from "../guard.ts";
import { clearReputation, nextReputation, reputationAt } from "../reputation.ts";
import type { Moment, ReputationSignal } from "../reputation-signal.ts";
import { answerEvent, changeReputation, incidentChanges } from "./answer-changes.ts";
import type { AnswerDecision, AnswerFacts, SeenAnswer } from "./answer-facts.ts";
import { confirmationOf, isBotsWord } from "./confirmation.ts";
import { judgeAccount } from "./judge-account.ts";
import { backOffOf, isOwnFault } from "./own-fault.ts";

/** What follows from one answer: rows to change, and what the run does. */
export interface AnswerVerdict {
  readonly changes: readonly Change[];
  readonly decision: AnswerDecision;
}

const nothing: AnswerVerdict = { changes: [], decision: { kind: "none" } };

/**
 * The one judgement of what venues answer, the sibling of `judge` for proxies. During an incident of the venue, of the exit's vendor
 * or of this host nothing is held against any exit, and nobody moves.
 */
export function judgeAnswer(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AnswerVerdict {
  const incidents = incidentsIn(facts.guard, moment.rules, moment.now);
  const kept = incidentChanges(seen, facts, incidents);
  const { venue } = seen.classified;
  const isExcused =
    incidentThatHolds(incidents, { venues: [venue], hostKey: seen.by.hostKey }) ??
    incidentOfVendor(incidents, facts.exit.proxy.provider);
  const verdict = concernsExit(seen) && isExcused !== undefined ? nothing : judgeAlone(seen, facts, moment);
  return { ...verdict, changes: [...kept, ...verdict.changes] };
}

function concernsExit({ classified }: SeenAnswer): boolean {
  return ["rate_limited", "ip_banned", "waf_blocked", "geo_blocked"].includes(classified.class);
}

function judgeAlone(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AnswerVerdict {
  // What was seen before an operator's word says nothing of the time after it.
  const isOlder = facts.reputation?.because === "operator" && seen.at < facts.reputation.since;
  switch (seen.classified.class) {
    case "rate_limited":
      return isOlder ? nothing : judgeLimit(seen, facts, moment);
    case "ip_banned":
    case "waf_blocked":
    case "geo_blocked":
      return isOlder ? nothing : judgeRefusal(seen, facts, moment);
    case "ok":
      return isWord(seen) ? judgeRevival(seen, facts, moment) : nothing;
    case "venue_trouble":
    case "unknown":
      return nothing;
    default:
      return judgeAccount(seen, facts, moment);
  }
}

/** Said on purpose, by an operator or by the bot. */
function isWord({ channel }: SeenAnswer): boolean {
  return channel === "report" || channel === "operator";
}

function judgeRevival(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AnswerVerdict {
  if (facts.reputation === undefined) return nothing;
  const type = seen.channel === "operator" ? "revived" : "cleared-by-bot";
  return { ...nothing, changes: moved(seen, facts, { type }, moment).changes };
}

/** A rate limit never moves a bot: on another exit it would be limited again. Nor does one promise a stay where a long ban has moved it. */
function judgeLimit(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AnswerVerdict {
  const { untilAt: named, text: why } = seen.classified;
  const { next, changes } = moved(seen, facts, { type: "rate-limited", untilAt: named }, moment);
  const isLeft = next.state === "burned" && (next.untilAt ?? Infinity) - moment.now > moment.rules.holdMaxMs;
  if (isLeft) return { ...nothing, changes };
  const untilAt = next.untilAt ?? named ?? ((moment.now + moment.rules.limitedMs) as Instant);
  return { changes, decision: { kind: "wait", untilAt, why } };
}

function judgeRefusal(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AnswerVerdict {
  const { venue, text: why } = seen.classified;
  const current = currentOf(seen, facts, moment);
  const isOnProbation = current.state === "probation";
  // What is burned or blocked already needs no second proof.
  const isKnown = current.state === "burned" || current.state === "geo_blocked";
  const confirmation = isKnown ? "confirmed" : confirmationOf(seen, facts, { ...moment, isOnProbation });
  switch (confirmation) {
    case "too-few":
    case "refuted":
      return nothing;
    case "ask-exit":
      return ask(
        "exit",
        `${why}; before a sign of this kind counts, ${venue} is asked through the same exit`,
      );
    case "ask-candidate":
      return ask("candidate", `${why}; the exit is left only if ${venue} serves another one`);
    default:
      break;
  }
  if (!isKnown && isAskedBeforeEndless(seen, facts, current, moment))
    return ask("exit", `${why}; before the exit is kept out for good, ${venue} is asked through it`);
  return seen.classified.class === "geo_blocked"
    ? judgeCountry(seen, facts, moment)
    : judgeBurn(seen, facts, moment);
}

// The exit is shared with other accounts and later ones: what a bot alone says of it has an end.
function isAskedBeforeEndless(
  seen: SeenAnswer,
  facts: AnswerFacts,
  { failures }: Reputation,
  { rules }: Moment,
): boolean {
  const isEndless = seen.classified.class === "geo_blocked" || failures + 1 >= rules.mostFailures;
  return isEndless && isBotsWord(seen, facts) && facts.probes.exit === "unasked";
}

function ask(through: "exit" | "candidate", why: string): AnswerVerdict {
  return { changes: [], decision: { kind: "probe-venue", through, why } };
}

function judgeBurn(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AnswerVerdict {
  const { rules, now } = moment;
  const { class: because, untilAt: named, text } = seen.classified;
  const isOwn = isOwnFault(facts, rules, now);
  const { next, changes } = moved(
    seen,
    facts,
    {
      type: "burned",
      because: because === "waf_blocked" ? because : "ip_banned",
      untilAt: named,
      isStrangers: facts.exit.isShared && !isOwn,
      isBotsWord: isBotsWord(seen, facts),
    },
    moment,
  );
  const { untilAt } = next;
  if (untilAt !== undefined && isWaitedFor(seen, untilAt, moment))
    return { changes, decision: { kind: "wait", untilAt, why: text } };
  const backOffMs = isOwn ? backOffOf(facts, rules) : 0;
  return { changes, decision: { kind: "leave", cause: "burned", why: text, backOffMs } };
}

/** Whether a ban ends so soon that the bot stays for it: as the venue names the end, without our margin. */
function isWaitedFor({ classified }: SeenAnswer, untilAt: Instant, { now, rules }: Moment): boolean {
  return (classified.untilAt ?? untilAt) - now <= rules.holdMaxMs;
}

/** Only countries that the operator declared are tried: to go round a block on one's own may breach the venue's terms or the law. */
function judgeCountry(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AnswerVerdict {
  const { text: why, venue } = seen.classified;
  const { name, allowedCountries } = facts.account;
  const { changes } = moved(
    seen,
    facts,
    { type: "geo-blocked", isBotsWord: isBotsWord(seen, facts) },
    moment,
  );
  if (allowedCountries.length > 0)
    return { changes, decision: { kind: "leave", cause: "geo_blocked", why, backOffMs: 0 } };
  const hint = `Declare from which countries the account may trade at ${venue} with \`launch account edit ${name} --country CODE\`; only exits there are tried.`;
  return { changes, decision: { kind: "stop", why, hint } };
}

function currentOf(seen: SeenAnswer, { reputation, exit }: AnswerFacts, moment: Moment): Reputation {
  const { exitKey, exitIp } = exit;
  const { venue } = seen.classified;
  return reputationAt(reputation ?? clearReputation({ exitKey, exitIp, venue }, moment.now), moment.now);
}

function moved(
  seen: SeenAnswer,
  facts: AnswerFacts,
  signal: ReputationSignal,
  moment: Moment,
): { readonly next: Reputation; readonly changes: readonly Change[] } {
  const current = currentOf(seen, facts, moment);
  const turned = nextReputation(current, signal, moment);
  // An operator's word is kept as such: nothing that a bot says lifts it, and the next renewal leaves a burn of theirs. A ban that is
  // waited for would be left by that.
  const { state, untilAt } = turned;
  const isStay = state === "burned" && untilAt !== undefined && isWaitedFor(seen, untilAt, moment);
  const isTold = seen.channel === "operator" && turned.because !== "operator" && !isStay;
  const next: Reputation = isTold ? { ...turned, because: "operator" } : turned;
  const isNews =
    next.state !== current.state ||
    next.failures !== current.failures ||
    isMuchLonger(current, next, facts, moment);
  const event = isNews ? eventOfMove(seen, facts, next, moment.now) : undefined;
  return { next, changes: changeReputation(facts.reputation, next, event) };
}

/** By how much longer than was told a ban must last before that is news at once. */
const muchLonger = 1.5;

// A venue often names the true end only with a later answer. What grows little by little is told once in a while.
function isMuchLonger(
  current: Reputation,
  next: Reputation,
  { told }: AnswerFacts,
  { now }: Moment,
): boolean {
  const [known, until] = [current.untilAt, next.untilAt];
  if (next.state !== "burned" || known === undefined || until === undefined || until <= known) return false;
  return until - now >= muchLonger * (known - now) || !told.includes("reputation.burned");
}

function eventOfMove(seen: SeenAnswer, facts: AnswerFacts, next: Reputation, now: Instant): HistoryEvent {
  const { venue, text } = seen.classified;
  const words = { ...wordsOfState, clear: `is no longer held against at ${venue}` };
  const left = next.untilAt === undefined ? "" : ` for ${describeWait(next.untilAt - now)}`;
  const severity = next.state === "clear" || next.state === "limited" ? "info" : "warning";
  const state = next.state === "clear" ? words.clear : `${words[next.state]} at ${venue}${left}`;
  return answerEvent(
    seen,
    facts,
    { kind: `reputation.${next.state}`, severity, message: `${state}: ${text}` },
    now,
  );
}

const wordsOfState = {
  limited: "is rate-limited",
  burned: "is burned",
  probation: "is on probation",
  geo_blocked: "is in a place that is not served",
} as const;
