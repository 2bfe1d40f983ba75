import type { MonotonicMs } from "../../domain/time.ts";
import type { ErrorCode } from "../../errors.ts";
import type { BotEffect } from "./effect.ts";
import { endWith, stopThen } from "./ending.ts";
import type { EventOf } from "./event.ts";
import type { Move, Row } from "./row.ts";
import type { BotState, ProvenWay, StateOf } from "./state.ts";
import { moveTo } from "./state.ts";

/** While holding, the account's facts are read again at least this often, so that an operator's change is noticed. */
const holdPollMs = 5_000;

/** No process yet: lease, choice, proof and exit lease. */
export const seekingRows = {
  idle: { start: beginLeasing },
  leasing: { leased: afterLease },
  choosing: { chosen: proveChosen, "none-eligible": holdOrEnd, exited: loseChild },
  proving: { proved: afterProof, "not-proved": chooseAnother, exited: loseChild },
  claiming: { claimed: afterClaim, conflicted: chooseAnother, exited: loseChild },
} satisfies { readonly [P in "idle" | "leasing" | "choosing" | "proving" | "claiming"]: Row<P> };

function beginLeasing(state: StateOf<"idle">): Move {
  return [moveTo<"leasing">(state, { phase: "leasing" }), { do: "acquire-lease" }];
}

/** A collector needs no exit; a bot chooses its way first. */
function afterLease(state: StateOf<"leasing">): Move {
  if (state.settings.kind === "collector") return startProcess(state, undefined);
  return [moveTo<"choosing">(state, { phase: "choosing", child: undefined }), chooseAfter(undefined)];
}

export function chooseAfter(lost: ProvenWay | undefined): BotEffect {
  return { do: "choose", lost, isNewDecision: true };
}

function proveChosen(state: StateOf<"choosing">, event: EventOf<"chosen">): Move {
  const { way } = event;
  return [moveTo<"proving">(state, { phase: "proving", way, child: state.child }), { do: "prove", way }];
}

function holdOrEnd(state: StateOf<"choosing">, event: EventOf<"none-eligible">): Move {
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

function afterProof(state: StateOf<"proving">, event: EventOf<"proved">, nowMs: MonotonicMs): Move {
  const way: ProvenWay = { ...state.way, proof: event.proof, confirmedAtMs: nowMs };
  return [
    moveTo<"claiming">(state, { phase: "claiming", way, child: state.child }),
    { do: "claim-exit", way },
  ];
}

/** The way failed in this decision: the next candidate, without forgetting which were tried. */
function chooseAnother(state: StateOf<"proving" | "claiming">): Move {
  return [
    moveTo<"choosing">(state, { phase: "choosing", child: state.child }),
    { do: "choose", lost: undefined, isNewDecision: false },
  ];
}

/** The bot that was kept alive behind the cut relay ended: it is started anew on the next exit. */
function loseChild(state: StateOf<"choosing" | "proving" | "claiming">): Move {
  return [{ ...state, child: undefined }];
}

function afterClaim(state: StateOf<"claiming">): Move {
  if (state.child === undefined) return startProcess(state, state.way);
  const moved = moveTo<"running">(state, { phase: "running", way: state.way, child: state.child });
  return [
    moved,
    { do: "open-gate" },
    { do: "announce-switch", way: state.way },
    { do: "watch", way: state.way },
  ];
}

/** Tiers without a hello need the gate open before the first connection; the preload tier opens it at each process's hello. */
export function startProcess(state: BotState, way: ProvenWay | undefined): Move {
  const gate: BotEffect = state.settings.needsHello ? { do: "shut-gate" } : { do: "open-gate" };
  const gates = way === undefined ? [] : [gate];
  return [moveTo<"spawning">(state, { phase: "spawning", way }), ...gates, { do: "spawn", way }];
}
