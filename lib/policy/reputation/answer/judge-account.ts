import { exitKeyOf } from "../../../domain/ip.ts";
import type { Change } from "../../../domain/verdict/change.ts";
import { type AcceptanceSignal, nextAcceptance } from "../acceptance.ts";
import { howToRegister, isRegistered } from "../registration.ts";
import type { Moment } from "../reputation-signal.ts";
import { answerEvent } from "./answer-changes.ts";
import type { AnswerDecision, AnswerFacts, SeenAnswer } from "./answer-facts.ts";

interface AccountVerdict {
  readonly changes: readonly Change[];
  readonly decision: AnswerDecision;
}

const nothing: AccountVerdict = { changes: [], decision: { kind: "none" } };

/**
 * What concerns the account or its key: it is told and never moves the bot, because on another exit the answer would be the same or
 * worse. Whether a key is bound to other addresses is told only once the world was seen to see the right one.
 */
export function judgeAccount(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AccountVerdict {
  switch (seen.classified.class) {
    case "accepted":
      return { ...nothing, changes: acceptanceChange(seen, facts, "signed-success", moment) };
    case "not_registered":
      return judgeUnregistered(seen, facts, moment);
    case "ambiguous":
      return judgeAmbiguous(seen, facts, moment);
    case "account_limited":
    case "account_blocked":
    case "key_refused":
      return tell(seen, facts, troubles[seen.classified.class], moment);
    default:
      return nothing;
  }
}

interface Trouble {
  readonly kind: string;
  readonly severity: "info" | "error";
  readonly advice: string;
}

const troubles = {
  account_limited: {
    kind: "account.limited",
    severity: "info",
    advice: "The bot stays on its exit: another one would not help.",
  },
  account_blocked: {
    kind: "account.blocked",
    severity: "error",
    advice: "Ask the venue; another exit would not help.",
  },
  key_refused: {
    kind: "account.key_refused",
    severity: "error",
    advice: "Check the API key and its permissions; another exit would not help.",
  },
} as const satisfies Readonly<Record<string, Trouble>>;

function judgeUnregistered(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AccountVerdict {
  const { venue, text } = seen.classified;
  switch (exitAsSeen(seen, facts)) {
    case "unasked":
      return check(`${text}; the exit is looked at before anything is said of the key`);
    case "named-another":
      return check(`${text}; ${venue} names another address than ${facts.exit.exitIp}`);
    // Another address than the proven one is the proxy's fault: the verification of the exit decides.
    case "differs":
      return nothing;
    default:
      return { ...nothing, changes: acceptanceChange(seen, facts, "not-registered", moment) };
  }
}

/** The same code for a wrong address, a wrong key and a ban: the address is looked at first, then the ban is looked for. */
function judgeAmbiguous(seen: SeenAnswer, facts: AnswerFacts, moment: Moment): AccountVerdict {
  const asked = exitAsSeen(seen, facts);
  const { text, venue } = seen.classified;
  if (asked === "differs") return nothing;
  if (asked !== "matches") return check(`${text}; the exit is looked at first`);
  const wasAccepted = facts.acceptance?.state === "accepted";
  if (wasAccepted && facts.probes.exit === "unasked") {
    const why = `${text}; ${venue} took this key from this exit before, so it may be a ban`;
    return { ...nothing, decision: { kind: "probe-venue", through: "exit", why } };
  }
  const advice = wasAccepted
    ? "The key was accepted from this exit before: look whether it or its permissions were changed."
    : `Check the API key and its permissions. ${lookAtList(seen, facts) ?? register(seen, facts, moment)}`;
  return tell(seen, facts, { ...troubles.key_refused, advice }, moment);
}

function check(why: string): AccountVerdict {
  return { ...nothing, decision: { kind: "check-exit", why } };
}

// Where the venue itself names the address that it saw, nobody has to be asked.
function exitAsSeen(
  { classified }: SeenAnswer,
  { exit, exitSeen }: AnswerFacts,
): AnswerFacts["exitSeen"] | "named-another" {
  const { namedIp } = classified;
  if (exitSeen !== "unasked" || namedIp === undefined) return exitSeen;
  return exitKeyOf(namedIp) === exit.exitKey ? "matches" : "named-another";
}

function acceptanceChange(
  seen: SeenAnswer,
  facts: AnswerFacts,
  signal: AcceptanceSignal,
  moment: Moment,
): readonly Change[] {
  const { account, acceptance, exit } = facts;
  const { venue, text: why } = seen.classified;
  const { exitKey, exitIp } = exit;
  const at = moment.now;
  const next = nextAcceptance(acceptance, signal, { accountId: account.id, venue, exitKey, exitIp, why, at });
  if (next === undefined) return [];
  const isRefused = next.state === "refused";
  const message = isRefused
    ? `is refused at ${venue} for ${account.name}: ${asSentence(why)} ${register(seen, facts, moment)}`
    : `is accepted at ${venue} for ${account.name}`;
  const severity = isRefused ? "error" : "info";
  const event = answerEvent(seen, facts, { kind: `acceptance.${next.state}`, severity, message }, at);
  return [{ on: "acceptance", expected: acceptance?.state, next, event }];
}

function register({ classified }: SeenAnswer, facts: AnswerFacts, { now }: Moment): string {
  const { account, exit, registrations } = facts;
  const exitIp = classified.namedIp ?? exit.exitIp;
  return howToRegister(account, { exitIp, venue: classified.venue }, registrations, now);
}

// The operator has put it on the list and need not register it anew.
function lookAtList({ classified }: SeenAnswer, { exit, registrations }: AnswerFacts): string | undefined {
  const hasList = registrations.some(({ until }) => until === undefined);
  if (!hasList || !isRegistered([exit.exitIp], registrations)) return undefined;
  return `${exit.exitIp} is on the account's list here: look whether ${classified.venue} has it, too.`;
}

// A bot that asks every second is told about once in a while.
function tell(
  seen: SeenAnswer,
  facts: AnswerFacts,
  { kind, severity, advice }: Trouble,
  { now }: Moment,
): AccountVerdict {
  const { venue, text } = seen.classified;
  if (facts.told.includes(kind)) return nothing;
  const message = `at ${venue} for ${facts.account.name}: ${asSentence(text)} ${advice}`;
  return {
    ...nothing,
    changes: [{ on: "history", event: answerEvent(seen, facts, { kind, severity, message }, now) }],
  };
}

// An operator, a bot or a rule of launch.yaml may have said it in other words than ours.
function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
