import type { MonotonicMs } from "../../domain/time.ts";
import type { BotEffect } from "./effect.ts";
import { endingOnRequest, endWith, leaseLostEnding, taskEnding } from "./ending.ts";
import type { EventOf } from "./event.ts";
import type { Move, Row } from "./row.ts";
import {
  chooseBy,
  decisionAfter,
  decisionAfterRotation,
  prove,
  releases,
  startProcess,
  surroundingsOf,
} from "./seeking.ts";
import { type BotState, type Decision, type Loss, moveTo, type StateOf } from "./state.ts";

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
  },
  holding: { waited: chooseAgain, "restart-asked": chooseAgain },
  ended: {},
} satisfies { readonly [P in "stopping" | "backing_off" | "holding" | "ended"]: Row<P> };

function afterStop(state: StateOf<"stopping">): Move {
  const { next, exit } = state;
  switch (next.kind) {
    case "end":
      return endWith(state, next.ending);
    case "restart": {
      const moved = moveTo<"backing_off">(state, { phase: "backing_off", exit, reason: next.reason });
      const text = `restarts on the same exit in ${(next.delayMs / 1000).toFixed(1)} s: ${next.reason}`;
      const gates: readonly BotEffect[] = exit === undefined ? [] : [{ do: "shut-gate" }];
      return [moved, ...gates, { do: "say", level: "warning", text }, { do: "wait", ms: next.delayMs }];
    }
    case "choose": {
      const { loss, decision, delayMs } = next;
      const first: readonly BotEffect[] =
        loss === undefined ? releases(exit) : [{ do: "leave-exit", ...loss }];
      if (delayMs === 0) return chooseBy(state, decision, { first });
      const reason = `it lost its exit too often: ${loss?.reason ?? "no exit"}`;
      const text = `chooses its next exit in ${(delayMs / 1000).toFixed(1)} s: ${reason}`;
      const moved = moveTo<"holding">(state, { phase: "holding", reason, lost: decision.lost });
      return [moved, ...first, { do: "say", level: "warning", text }, { do: "wait", ms: delayMs }];
    }
    default:
      return next satisfies never;
  }
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
  return leaveFor(state, decisionAfter(surroundingsOf(exit)), { exit, ...event });
}

function rotateWhileBackingOff(state: StateOf<"backing_off">, { by }: EventOf<"rotate-asked">): Move {
  const { exit } = state;
  if (exit === undefined) return [state];
  const reason = `rotated by ${by}`;
  return leaveFor(state, decisionAfterRotation(exit), { exit, cause: "rotated", reason });
}

function leaveFor(state: BotState, decision: Decision, { exit, cause, reason }: Loss): Move {
  const first: readonly BotEffect[] = [
    { do: "cut", reason },
    { do: "leave-exit", exit, cause, reason },
  ];
  return chooseBy(state, decision, { first });
}

function chooseAgain(state: StateOf<"holding">): Move {
  return chooseBy(state, decisionAfter(state.lost));
}
