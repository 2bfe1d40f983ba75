import { type MonotonicMs, monotonic } from "../../../domain/time.ts";
import type { BotEffect } from "../effect.ts";
import type { EventOf } from "../event.ts";
import type { Move, Row } from "../row.ts";
import { type BotState, type Loss, moveTo, type StateOf } from "../state.ts";
import { endingOnRequest, endWith, leaseLostEnding, taskEnding } from "./ending.ts";
import { countedIn, suddenDecision } from "./failing-over.ts";
import { chooseBy, decisionAfter, prove, releases, startProcess } from "./seeking.ts";
import { askForSwitch, holdStill, leaveForWant } from "./switching.ts";

/** A proof no older than this lets a crashed bot restart without asking the witnesses again (three readings, docs/architecture.md, Proof). */
const freshProofMs = 180_000;

/** The tree stops, waits, holds or is over. */
export const leavingRows = {
  stopping: {
    stopped: afterStop,
    "lease-lost": loseLeaseWhileStopping,
    "task-failed": failWhileStopping,
    "stop-asked": stopHarder,
  },
  backing_off: {
    waited: restartNow,
    "restart-asked": restartNow,
    "operator-changed": leaveWhileBackingOff,
    "rotate-asked": rotateWhileBackingOff,
    "switch-wanted": leaveForWant,
  },
  holding: {
    waited: chooseOrAskAgain,
    "switch-granted": chooseAsGranted,
    "switch-refused": holdStill,
    "restart-asked": chooseAgain,
    "rotate-asked": rotateWhileHolding,
    "exit-returned": goBack,
  },
  ended: {},
} satisfies { readonly [P in "stopping" | "backing_off" | "holding" | "ended"]: Row<P> };

function afterStop(state: StateOf<"stopping">, _event: EventOf<"stopped">, nowMs: MonotonicMs): Move {
  const { next, exit } = state;
  switch (next.kind) {
    case "end":
      return endWith(state, next.ending);
    case "restart": {
      const { reason, cause } = next;
      const moved = moveTo<"backing_off">(state, { phase: "backing_off", exit, reason, cause });
      const where = exit === undefined ? "" : " on the same exit";
      const text = `restarts${where} ${inWords(next.delayMs)}: ${reason}`;
      const gates: readonly BotEffect[] = exit === undefined ? [] : [{ do: "shut-gate" }];
      const wait = { do: "wait", ms: next.delayMs, thenStarts: true } as const;
      return [moved, ...gates, { do: "say", level: "warning", text }, wait];
    }
    case "choose": {
      const { loss, decision, delayMs, want, why, hasNoExit } = next;
      const { lost } = decision;
      const first: readonly BotEffect[] =
        loss === undefined ? releases(exit) : [{ do: "leave-exit", ...loss }];
      if (delayMs === 0 && want !== undefined) return askForSwitch(state, { want, lost, first });
      if (delayMs === 0) return chooseBy(state, decision, { first, left: countedIn(loss, decision) });
      const reason = why ?? "it has no exit";
      const text =
        want === undefined
          ? `chooses its next exit ${inWords(delayMs)}: ${reason}`
          : `holds, nothing runs: ${reason}`;
      const untilMs = hasNoExit === true ? undefined : monotonic(nowMs + delayMs);
      const moved = moveTo<"holding">(state, { phase: "holding", reason, untilMs, lost, want });
      return [moved, ...first, { do: "say", level: "warning", text }, { do: "wait", ms: delayMs }];
    }
    default:
      return next satisfies never;
  }
}

function inWords(delayMs: number): string {
  return delayMs < 50 ? "at once" : `in ${(delayMs / 1000).toFixed(1)} s`;
}

/** The second request, or the first while the tree is already stopping for another reason. */
function stopHarder(state: StateOf<"stopping">, event: EventOf<"stop-asked">): Move {
  if (state.next.kind === "end")
    return event.by === undefined ? [state, { do: "stop-tree", isUrgent: true }] : [state];
  return [{ ...state, next: { kind: "end", ending: endingOnRequest(state, event) } }];
}

function loseLeaseWhileStopping(state: StateOf<"stopping">, event: EventOf<"lease-lost">): Move {
  return [
    { ...state, next: { kind: "end", ending: leaseLostEnding(event) } },
    { do: "cut", reason: event.reason },
    { do: "stop-tree", isUrgent: true },
  ];
}

function failWhileStopping(state: StateOf<"stopping">, event: EventOf<"task-failed">): Move {
  return endWith(state, taskEnding(event));
}

function restartNow(
  state: StateOf<"backing_off">,
  _event: EventOf<"waited" | "restart-asked">,
  nowMs: MonotonicMs,
): Move {
  const { exit } = state;
  const decision = decisionAfter(undefined);
  const isFresh = exit === undefined || nowMs - exit.confirmedAtMs <= freshProofMs;
  return isFresh
    ? startProcess(state, exit, decision)
    : prove(state, { candidate: exit, decision, child: undefined, exit });
}

function leaveWhileBackingOff(state: StateOf<"backing_off">, event: EventOf<"operator-changed">): Move {
  const { exit } = state;
  if (exit === undefined) return [state];
  return leaveFor(state, { exit, cause: event.cause, reason: event.reason });
}

function rotateWhileBackingOff(state: StateOf<"backing_off">, { by }: EventOf<"rotate-asked">): Move {
  const { exit } = state;
  if (exit === undefined) return [state];
  return leaveFor(state, { exit, cause: "operator", reason: `rotated by ${by}` });
}

function leaveFor(state: BotState, loss: Loss): Move {
  const first: readonly BotEffect[] = [
    { do: "cut", reason: loss.reason },
    { do: "leave-exit", ...loss },
  ];
  const decision = suddenDecision(loss);
  return chooseBy(state, decision, { first, left: countedIn(loss, decision) });
}

function chooseOrAskAgain(state: StateOf<"holding">): Move {
  const { want, lost } = state;
  return want === undefined ? chooseAgain(state) : askForSwitch(state, { want, lost, first: [] });
}

/** An operator's word needs nobody's leave. */
function chooseAgain(state: StateOf<"holding">): Move {
  return chooseBy(state, decisionAfter(state.lost));
}

/** A switch that waits for its budget need not wait any more; without one there is nothing to rotate. */
function rotateWhileHolding(state: StateOf<"holding">): Move {
  return state.want === undefined ? [state] : chooseAgain(state);
}

function chooseAsGranted(state: StateOf<"holding">, { tried }: EventOf<"switch-granted">): Move {
  return chooseBy(state, { lost: state.lost, tried });
}

/** Back on the exit that it left, the account has not switched: that waits for no budget. */
function goBack(state: StateOf<"holding">, { proxyId, reason }: EventOf<"exit-returned">): Move {
  const { want, lost } = state;
  if (want === undefined || lost?.proxyId !== proxyId) return [state];
  const decision = { lost, tried: [], back: proxyId };
  return chooseBy(state, decision, { first: [{ do: "say", level: "info", text: reason }] });
}
