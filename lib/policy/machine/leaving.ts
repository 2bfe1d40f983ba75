import type { MonotonicMs } from "../../domain/time.ts";
import type { BotEffect } from "./effect.ts";
import { endingOnRequest, endWith, leaseLostEnding, taskEnding } from "./ending.ts";
import type { EventOf } from "./event.ts";
import type { Move, Row } from "./row.ts";
import { chooseAfter, startProcess } from "./seeking.ts";
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
  const { next } = state;
  switch (next.kind) {
    case "end":
      return endWith(state, next.ending);
    case "restart": {
      const moved = moveTo<"backing_off">(state, {
        phase: "backing_off",
        way: state.way,
        reason: next.reason,
      });
      const text = `restarts on the same exit in ${(next.delayMs / 1000).toFixed(1)} s: ${next.reason}`;
      const gates: readonly BotEffect[] = state.way === undefined ? [] : [{ do: "shut-gate" }];
      return [moved, ...gates, { do: "say", level: "warning", text }, { do: "wait", ms: next.delayMs }];
    }
    case "choose": {
      const leave: readonly BotEffect[] = next.lost === undefined ? [] : [{ do: "leave-exit", ...next.lost }];
      if (next.delayMs > 0) {
        const reason = `it lost its exit too often: ${next.lost?.reason ?? "no exit"}`;
        const moved = moveTo<"holding">(state, { phase: "holding", reason, lost: next.lost?.way });
        const text = `chooses its next exit in ${(next.delayMs / 1000).toFixed(1)} s: ${reason}`;
        return [moved, ...leave, { do: "say", level: "warning", text }, { do: "wait", ms: next.delayMs }];
      }
      return [
        moveTo<"choosing">(state, { phase: "choosing", child: undefined }),
        ...leave,
        chooseAfter(next.lost?.way),
      ];
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
  if (state.way === undefined) return startProcess(state, undefined);
  if (nowMs - state.way.confirmedAtMs <= freshProofMs) return startProcess(state, state.way);
  const way = { assignmentId: state.way.assignmentId, proxyId: state.way.proxyId, label: state.way.label };
  return [moveTo<"proving">(state, { phase: "proving", way, child: undefined }), { do: "prove", way }];
}

function leaveWhileBackingOff(state: StateOf<"backing_off">, event: EventOf<"withdrawn">): Move {
  if (state.way === undefined) return [state];
  const lost = { way: state.way, cause: event.cause, reason: event.reason };
  return [
    moveTo<"choosing">(state, { phase: "choosing", child: undefined }),
    { do: "cut", reason: event.reason },
    { do: "leave-exit", ...lost },
    chooseAfter(state.way),
  ];
}

function chooseAgain(state: StateOf<"holding">): Move {
  return [moveTo<"choosing">(state, { phase: "choosing", child: undefined }), chooseAfter(state.lost)];
}
