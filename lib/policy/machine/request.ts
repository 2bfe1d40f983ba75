import type { RequestAnswer, RunVerb } from "../../domain/run/unit-wish.ts";
import type { BotEvent } from "./event.ts";
import type { BotState } from "./state.ts";

/** What an operator asks of a unit that runs. */
export interface Request {
  readonly verb: RunVerb;
  readonly by: string;
}

/** The event of the table that a request is; undefined for what a run that lives need not do. */
export function eventFor({ verb, by }: Request): BotEvent | undefined {
  switch (verb) {
    case "stop":
      return { type: "stop-asked", signal: "TERM", by };
    case "restart":
      return { type: "restart-asked", by };
    case "rotate":
      return { type: "rotate-asked", by };
    case "check":
      return { type: "check-asked" };
    case "start":
      return undefined;
    default:
      return verb satisfies never;
  }
}

/** What the table made of the request itself: the answer where it is settled at once. */
export function answerAtOnce(
  { verb }: Request,
  before: BotState,
  after: BotState,
  hasEffects: boolean,
): RequestAnswer | undefined {
  const isTaken = hasEffects || after !== before;
  if (verb === "stop" && (isTaken || isEnding(before))) return { isDone: true, text: "It stops." };
  if (verb === "start")
    return isEnding(before)
      ? { isDone: false, text: "It is stopping: start it again once it has stopped." }
      : { isDone: true, text: "It runs already." };
  if (verb === "check" && !isTaken && before.phase === "running" && before.exit === undefined)
    return { isDone: true, text: `It runs as pid ${before.child.pid} and connects directly.` };
  // A verification is under way: its outcome is the answer.
  if (verb === "check" && before.phase === "verifying") return undefined;
  return isTaken ? undefined : { isDone: false, text: refusalOf(verb, before) };
}

/** Whether what happened since answers the request; `from` is the state in which it came. */
export function answerLater(
  { verb }: Request,
  from: BotState,
  event: BotEvent,
  now: BotState,
): RequestAnswer | undefined {
  if (now.phase === "ended") return { isDone: false, text: `It ended: ${now.ending.reason}.` };
  if (now.phase === "holding") return { isDone: false, text: `Nothing runs: ${now.reason}` };
  if (verb === "check") return answerToCheck(event, now);
  if (event.type === "switch-refused" && now.phase === "running")
    return { isDone: false, text: `It stays on its exit: ${event.reason}` };
  if (now.phase !== "running") return undefined;
  const isNewProcess = pidOf(from) !== now.child.pid;
  const isNewExit = tokenOf(from) !== now.exit?.lease.token;
  if (verb === "restart" && isNewProcess) return { isDone: true, text: `It runs as pid ${now.child.pid}.` };
  return verb === "rotate" && isNewExit ? { isDone: true, text: whereFrom(now) } : undefined;
}

function answerToCheck(event: BotEvent, now: BotState): RequestAnswer | undefined {
  switch (event.type) {
    case "exit-check-matched":
    case "exit-confirmed":
      return { isDone: true, text: whereFrom(now) };
    case "leak-seen":
    case "exit-lost":
    case "operator-changed":
      return { isDone: false, text: `It leaves its exit: ${event.reason}` };
    default:
      return undefined;
  }
}

function refusalOf(verb: RunVerb, state: BotState): string {
  if (verb === "rotate" && state.settings.kind === "collector")
    return "It connects directly: it has no exit.";
  const why = "reason" in state ? `: ${state.reason}` : "";
  return `Nothing to ${verb} while it is ${wordsOf[state.phase]}${why}.`;
}

const wordsOf: Readonly<Record<BotState["phase"], string>> = {
  idle: "starting",
  leasing: "starting",
  choosing: "choosing its exit",
  proving: "proving its exit",
  claiming: "taking its exit",
  spawning: "starting",
  greeting: "starting",
  running: "running",
  verifying: "verifying its exit",
  preparing: "looking for another exit",
  leaving: "leaving its exit",
  recovering: "cleaning up after a lost exit",
  stopping: "stopping",
  backing_off: "waiting for its restart",
  holding: "waiting for an exit",
  ended: "over",
};

function whereFrom(state: BotState): string {
  const exit = "exit" in state ? state.exit : undefined;
  return exit === undefined ? "It runs." : `It leaves through ${exit.label} (${exit.proof.exitIps[0]}).`;
}

function isEnding(state: BotState): boolean {
  return state.phase === "ended" || (state.phase === "stopping" && state.next.kind === "end");
}

function pidOf(state: BotState): number | undefined {
  return "child" in state ? state.child?.pid : undefined;
}

function tokenOf(state: BotState): number | undefined {
  return "exit" in state ? state.exit?.lease.token : undefined;
}
