import { type MonotonicMs, monotonic } from "../../../domain/time.ts";
import type { BotEffect } from "../effect.ts";
import type { EventOf, SwitchRefusal } from "../event.ts";
import type { Move, Row } from "../row.ts";
import {
  type BotState,
  type Child,
  type HeldExit,
  type Hold,
  type Left,
  type Loss,
  moveTo,
  type StateOf,
  type SwitchWant,
} from "../state.ts";
import { depart, leaveChanged } from "./failing-over.ts";
import { afterExit, restartAsAsked, stopLeaking } from "./restarting.ts";
import { decisionAfter, decisionAway, holdPollMs, leftOf } from "./seeking.ts";
import { checkNow, pauseAndVerify, refreshProof } from "./verifying.ts";

/*
 * A switch that nothing forces: the bot runs on until another exit is proven and the switch is granted. Then the bot and its
 * hook get a moment on the old exit, and only then it is cut and left. What is lost meanwhile cuts at once.
 */
export const switchingRows = {
  preparing: {
    "switch-granted": leaveAsGranted,
    "switch-refused": stayOrStop,
    "switch-wanted": wantMore,
    "rotate-asked": rotateAsAsked,
    "restart-asked": restartAsAsked,
    exited: afterExit,
    "exit-check-matched": refreshProof,
    "check-asked": checkNow,
    "drift-seen": pauseAndVerify,
    "leak-seen": stopLeaking,
    "operator-changed": leaveChanged,
  },
  leaving: {
    left: departAsGranted,
    exited: departWithoutProcess,
    "exit-check-matched": refreshProof,
    "check-asked": checkNow,
    "drift-seen": departAtOnce,
    "leak-seen": stopLeaking,
    "operator-changed": leaveChanged,
  },
} satisfies { readonly [P in "preparing" | "leaving"]: Row<P> };

/** What stays refused is worth asking again within these times. */
const askAgainMs = { least: 30_000, most: 600_000 };

export function prepareAsWanted(
  state: StateOf<"running">,
  event: EventOf<"switch-wanted">,
  nowMs: MonotonicMs,
): Move {
  const { exit, child } = state;
  const want = strongerOf(state.want, event);
  return exit === undefined ? [state] : goOn(state, { exit, child, want }, nowMs);
}

/** The operator's word replaces what was wanted: it waits for no budget. */
export function rotateAsAsked(
  state: StateOf<"running" | "preparing">,
  { by }: EventOf<"rotate-asked">,
): Move {
  const { exit, child } = state;
  const want = { cause: "operator", reason: `rotated by ${by}`, mustLeave: false, backOffMs: 0 } as const;
  return exit === undefined ? [state] : prepare(state, { exit, child, want });
}

/** What was refused is tried again, where nothing of the bot may stay; anything else is wanted anew if it still holds. */
export function wantAgain(state: StateOf<"running">): Move {
  const { exit, child, want } = state;
  if (exit === undefined || want?.mustLeave !== true) return [{ ...state, want: undefined }];
  return prepare(state, { exit, child, want });
}

/** A verification is decided first. */
export function wantWhileVerifying(state: StateOf<"verifying">, event: EventOf<"switch-wanted">): Move {
  return [{ ...state, want: strongerOf(state.want, event) }];
}

/** Runs on; a switch that is wanted goes on as well, unless it was refused and its time has not come. */
export function goOn(
  state: BotState,
  on: {
    readonly exit: HeldExit;
    readonly child: Child;
    readonly want: SwitchWant | undefined;
  },
  nowMs: MonotonicMs,
): Move {
  const { exit, child, want } = on;
  if (want !== undefined && (want.retryAtMs ?? nowMs) <= nowMs) return prepare(state, { exit, child, want });
  const moved = moveTo<"running">(state, { phase: "running", ...on });
  return want?.retryAtMs === undefined ? [moved] : [moved, { do: "wait", ms: want.retryAtMs - nowMs }];
}

function prepare(
  state: BotState,
  on: { readonly exit: HeldExit; readonly child: Child; readonly want: SwitchWant },
): Move {
  const { exit, want } = on;
  const moved = moveTo<"preparing">(state, { phase: "preparing", ...on });
  return [moved, { do: "prepare-switch", want, exit, lost: undefined }];
}

// What is refused once is refused to the same want for a while; a graver one begins anew.
function strongerOf(known: SwitchWant | undefined, event: EventOf<"switch-wanted">): SwitchWant {
  const { cause, reason, mustLeave, backOffMs } = event;
  const isGraver = known === undefined || (mustLeave && !known.mustLeave);
  return isGraver ? { cause, reason, mustLeave, backOffMs } : known;
}

function wantMore(state: StateOf<"preparing">, event: EventOf<"switch-wanted">): Move {
  const { exit, child } = state;
  const want = strongerOf(state.want, event);
  return want === state.want ? [state] : prepare(state, { exit, child, want });
}

function leaveAsGranted(state: StateOf<"preparing">, { tried }: EventOf<"switch-granted">): Move {
  return takeLeave(state, { tried, hold: undefined });
}

function stayOrStop(
  state: StateOf<"preparing">,
  { because, reason, retryInMs }: EventOf<"switch-refused">,
  nowMs: MonotonicMs,
): Move {
  const { exit, child, want } = state;
  if (mustStop(want, because))
    return takeLeave(state, { tried: [], hold: holdFor({ because, reason, retryInMs }) });
  const say: BotEffect = { do: "say", level: "warning", text: `stays on ${exit.label}: ${reason}` };
  // An operator asks again; what is over is not wanted any more.
  const isDropped = want.cause === "operator" || because === "over";
  const waitMs = Math.min(askAgainMs.most, Math.max(askAgainMs.least, retryInMs));
  const kept = isDropped ? undefined : { ...want, retryAtMs: monotonic(nowMs + waitMs) };
  const [moved, ...effects] = goOn(state, { exit, child, want: kept }, nowMs);
  return [moved, say, ...effects];
}

/** Trouble elsewhere moves and stops nobody; a bot that may not stay is stopped where it cannot be moved. */
function mustStop({ mustLeave }: SwitchWant, because: SwitchRefusal): boolean {
  return mustLeave && (because === "budget" || because === "no_exit");
}

// An operator may add a proxy at any time; a budget is full again at its own.
function holdFor({ because, reason, retryInMs }: Omit<EventOf<"switch-refused">, "type">): Hold {
  const hasNoExit = because === "no_exit";
  return { ms: hasNoExit ? Math.min(retryInMs, holdPollMs) : retryInMs, reason, hasNoExit };
}

function takeLeave(state: StateOf<"preparing">, how: Pick<StateOf<"leaving">, "tried" | "hold">): Move {
  const { exit, child, want } = state;
  const moved = moveTo<"leaving">(state, { phase: "leaving", exit, child, want, ...how });
  return [moved, { do: "tell-leaving", want }];
}

function departAsGranted(state: StateOf<"leaving">): Move {
  return departFor(state, { isSudden: false, reason: state.want.reason });
}

function departWithoutProcess(state: StateOf<"leaving">): Move {
  const { settings } = state;
  return departFor(
    { ...state, settings: { ...settings, onFailover: "restart" } },
    {
      isSudden: false,
      reason: state.want.reason,
    },
  );
}

/** Whatever the bot and its hook still had to do, they cannot do it there. */
function departAtOnce(state: StateOf<"leaving">, { reason }: EventOf<"drift-seen">): Move {
  return departFor(state, {
    isSudden: true,
    reason: `${state.want.reason}; meanwhile ${reason}`,
    drift: reason,
  });
}

function departFor(
  state: StateOf<"leaving">,
  { isSudden, reason, drift }: Pick<Left, "isSudden"> & Pick<Loss, "reason" | "drift">,
): Move {
  const { exit, want, tried, hold } = state;
  const { cause, backOffMs } = want;
  const loss = { exit, cause, reason, drift };
  const lost = leftOf(exit, { isSudden });
  if (hold !== undefined) {
    const { ms: delayMs, reason: why, hasNoExit } = hold;
    return depart(state, { loss, decision: decisionAfter(lost), delayMs, why, want, hasNoExit });
  }
  const decision = decisionAway(exit, { lost, why: "was just left", tried });
  return depart(state, { loss, decision, delayMs: backOffMs, why: whyPaused(reason, backOffMs) });
}

// On the next exit the same requests would end the same way: whoever is woken up has to know why nothing moves.
function whyPaused(reason: string, backOffMs: number): string {
  if (backOffMs === 0) return reason;
  return `${reason.replace(/\.$/, "")}; its own requests seem to be the cause, so it pauses before it moves`;
}

/** Nothing runs, and nothing of the bot may start on the exit that is held: it is left, and the next one asked for. */
export function leaveForWant(state: StateOf<"backing_off">, event: EventOf<"switch-wanted">): Move {
  const { exit } = state;
  if (exit === undefined || !event.mustLeave) return [state];
  const { cause, reason } = event;
  const want = { ...strongerOf(undefined, event), backOffMs: 0 };
  const first: readonly BotEffect[] = [
    { do: "cut", reason },
    { do: "leave-exit", exit, cause, reason },
  ];
  return askForSwitch(state, { want, lost: leftOf(exit, { isSudden: true }), first });
}

/** Asks for the switch while nothing runs. */
export function askForSwitch(
  state: BotState,
  asked: {
    readonly want: SwitchWant;
    readonly lost: Left | undefined;
    readonly first: readonly BotEffect[];
  },
): Move {
  const { want, lost, first } = asked;
  const moved = moveTo<"holding">(state, { phase: "holding", reason: want.reason, lost, want });
  return [moved, ...first, { do: "prepare-switch", want, exit: undefined, lost }];
}

/** Refused while nothing runs: what it was wanted for may be over, and then the choice is free. */
export function holdStill(
  state: StateOf<"holding">,
  event: EventOf<"switch-refused">,
  nowMs: MonotonicMs,
): Move {
  const { because, reason } = event;
  const isOver = because === "over";
  const { ms, hasNoExit } = isOver ? { ms: 0, hasNoExit: true } : holdFor(event);
  const want = isOver ? undefined : state.want;
  const untilMs = hasNoExit ? undefined : monotonic(nowMs + ms);
  const text = `holds, nothing runs: ${reason}`;
  return [
    { ...state, reason, untilMs, want },
    { do: "say", level: "warning", text },
    { do: "wait", ms },
  ];
}
