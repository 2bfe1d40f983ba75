import type { MonotonicMs } from "../../domain/time.ts";
import type { ErrorCode } from "../../errors.ts";
import type { BotEffect } from "./effect.ts";
import { endWith, stopThen } from "./ending.ts";
import type { EventOf } from "./event.ts";
import type { Move } from "./row.ts";
import type { BotState, ProvenWay, StateOf } from "./state.ts";
import { moveTo } from "./state.ts";

/** A proof no older than this lets a crashed bot restart without asking the witnesses again (three readings, docs/architecture.md, Proof). */
const freshProofMs = 180_000;

/** While holding, the account's facts are read again at least this often, so that an operator's change is noticed. */
const holdPollMs = 5_000;

export function beginLeasing(state: StateOf<"idle">): Move {
  return [moveTo<"leasing">(state, { phase: "leasing" }), { do: "acquire-lease" }];
}

/** A collector needs no exit; a bot chooses its way first. */
export function afterLease(state: StateOf<"leasing">): Move {
  if (state.settings.kind === "collector") return startProcess(state, undefined);
  return [moveTo<"choosing">(state, { phase: "choosing", child: undefined }), chooseAfter(undefined)];
}

export function chooseAfter(lost: ProvenWay | undefined): BotEffect {
  return { do: "choose", lost, isNewDecision: true };
}

export function chooseAgain(state: StateOf<"holding">): Move {
  return [moveTo<"choosing">(state, { phase: "choosing", child: undefined }), chooseAfter(state.lost)];
}

export function proveChosen(state: StateOf<"choosing">, event: EventOf<"chosen">): Move {
  const { way } = event;
  return [moveTo<"proving">(state, { phase: "proving", way, child: state.child }), { do: "prove", way }];
}

export function holdOrEnd(state: StateOf<"choosing">, event: EventOf<"none-eligible">): Move {
  if (state.child !== undefined) {
    return stopThen(state, { kind: "choose", lost: undefined, delayMs: 0 }, { isUrgent: false });
  }
  if (!state.hasRun && state.settings.onNoProxy === "exit") {
    const { exitStatus, reason, hint } = event;
    const code: ErrorCode = "LAUNCH_PROXY_UNAVAILABLE";
    return endWith(state, { exitStatus, by: "launcher", reason, code, hint });
  }
  const ms = Math.min(event.retryInMs ?? holdPollMs, holdPollMs);
  const moved = moveTo<"holding">(state, { phase: "holding", reason: event.reason, lost: undefined });
  return [
    moved,
    { do: "say", level: "warning", text: `holds, nothing runs: ${event.reason}` },
    { do: "wait", ms },
  ];
}

export function afterProof(state: StateOf<"proving">, event: EventOf<"proved">, nowMs: MonotonicMs): Move {
  const way: ProvenWay = { ...state.way, proof: event.proof, confirmedAtMs: nowMs };
  return [
    moveTo<"claiming">(state, { phase: "claiming", way, child: state.child }),
    { do: "claim-exit", way },
  ];
}

/** The way failed in this decision: the next candidate, without forgetting which were tried. */
export function chooseAnother(state: StateOf<"proving" | "claiming">): Move {
  return [
    moveTo<"choosing">(state, { phase: "choosing", child: state.child }),
    { do: "choose", lost: undefined, isNewDecision: false },
  ];
}

/** The bot that was kept alive behind the cut relay ended: it is started anew on the next exit. */
export function loseChild(state: StateOf<"choosing" | "proving" | "claiming">): Move {
  return [{ ...state, child: undefined }];
}

export function afterClaim(state: StateOf<"claiming">): Move {
  if (state.child === undefined) return startProcess(state, state.way);
  const moved = moveTo<"running">(state, { phase: "running", way: state.way, child: state.child });
  return [
    moved,
    { do: "open-gate" },
    { do: "announce-switch", way: state.way },
    { do: "watch", way: state.way },
  ];
}

export function restartNow(
  state: StateOf<"backing_off">,
  _event: EventOf<"waited">,
  nowMs: MonotonicMs,
): Move {
  if (state.way === undefined) return startProcess(state, undefined);
  if (nowMs - state.way.confirmedAtMs <= freshProofMs) return startProcess(state, state.way);
  const way = { assignmentId: state.way.assignmentId, proxyId: state.way.proxyId, label: state.way.label };
  return [moveTo<"proving">(state, { phase: "proving", way, child: undefined }), { do: "prove", way }];
}

/** Tiers without a hello need the gate open before the first connection; the preload tier opens it at each process's hello. */
function startProcess(state: BotState, way: ProvenWay | undefined): Move {
  const gate: BotEffect = state.settings.needsHello ? { do: "shut-gate" } : { do: "open-gate" };
  const gates = way === undefined ? [] : [gate];
  return [moveTo<"spawning">(state, { phase: "spawning", way }), ...gates, { do: "spawn", way }];
}

export function leaveWhileBackingOff(state: StateOf<"backing_off">, event: EventOf<"withdrawn">): Move {
  if (state.way === undefined) return [state];
  const lost = { way: state.way, cause: event.cause, reason: event.reason };
  return [
    moveTo<"choosing">(state, { phase: "choosing", child: undefined }),
    { do: "cut", reason: event.reason },
    { do: "leave-exit", ...lost },
    chooseAfter(state.way),
  ];
}

export function afterStop(state: StateOf<"stopping">): Move {
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
