import type { MonotonicMs } from "../../domain/time.ts";
import type { BotEffect } from "./effect.ts";
import { endingOnRequest, endWith, leaseLostEnding, taskEnding } from "./ending.ts";
import type { EventOf } from "./event.ts";
import type { Move, Row } from "./row.ts";
import { chooseBy, decisionAfter, prove, releases, startProcess, surroundingsOf } from "./seeking.ts";
import { moveTo, type StateOf } from "./state.ts";

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
  backing_off: { waited: restartNow, withdrawn: leaveWhileBackingOff },
  holding: { waited: chooseAgain },
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
      const { loss, lost, delayMs } = next;
      const first: readonly BotEffect[] =
        loss === undefined ? releases(exit) : [{ do: "leave-exit", ...loss }];
      if (delayMs === 0) return chooseBy(state, decisionAfter(lost), { first });
      const reason = `it lost its exit too often: ${loss?.reason ?? "no exit"}`;
      const text = `chooses its next exit in ${(delayMs / 1000).toFixed(1)} s: ${reason}`;
      const moved = moveTo<"holding">(state, { phase: "holding", reason, lost });
      return [moved, ...first, { do: "say", level: "warning", text }, { do: "wait", ms: delayMs }];
    }
    default:
      return next satisfies never;
  }
}

/** The second request, or the first while the tree is already stopping for another reason. */
function stopHarder(state: StateOf<"stopping">, event: EventOf<"stop-asked">): Move {
  if (state.next.kind === "end") return [state, { do: "stop-tree", isUrgent: true }];
  return [{ ...state, next: { kind: "end", ending: endingOnRequest(state, event.signal) } }];
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

function restartNow(state: StateOf<"backing_off">, _event: EventOf<"waited">, nowMs: MonotonicMs): Move {
  const { exit } = state;
  const decision = decisionAfter(undefined);
  const isFresh = exit === undefined || nowMs - exit.confirmedAtMs <= freshProofMs;
  return isFresh
    ? startProcess(state, exit, decision)
    : prove(state, { candidate: exit, decision, child: undefined, exit });
}

function leaveWhileBackingOff(state: StateOf<"backing_off">, event: EventOf<"withdrawn">): Move {
  const { exit } = state;
  if (exit === undefined) return [state];
  const { cause, reason } = event;
  const first: readonly BotEffect[] = [
    { do: "cut", reason },
    { do: "leave-exit", exit, cause, reason },
  ];
  return chooseBy(state, decisionAfter(surroundingsOf(exit)), { first });
}

function chooseAgain(state: StateOf<"holding">): Move {
  return chooseBy(state, decisionAfter(state.lost));
}
