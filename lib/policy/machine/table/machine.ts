import type { MonotonicMs } from "../../../domain/time.ts";
import type { BotEffect } from "../effect.ts";
import type { BotEvent, EventType } from "../event.ts";
import type { Cell, Row } from "../row.ts";
import type { BotState, Phase } from "../state.ts";
import { failTask, loseLease, stopOnRequest } from "./ending.ts";
import { leavingRows } from "./leaving.ts";
import { livingRows } from "./living.ts";
import { seekingRows } from "./seeking.ts";
import { switchingRows } from "./switching.ts";

/*
 * What each event does in each phase: a default per event, and a row per phase with what differs. Neither an event without
 * default, nor a phase without row, nor a phase that leaves an answer of its own task to the defaults compiles.
 * docs/states.md is generated from it.
 */

/** A task's answer comes only where it was asked for; what is observed may come late, and then changes nothing. */
export const defaults: { readonly [T in EventType]: Cell<Phase, T> } = {
  start: "impossible",
  leased: "impossible",
  chosen: "impossible",
  "no-exit": "impossible",
  proved: "impossible",
  "not-proved": "impossible",
  claimed: "impossible",
  conflicted: "impossible",
  spawned: "impossible",
  greeted: "stay",
  "not-greeted": "stay",
  exited: "stay",
  stopped: "impossible",
  "heartbeat-lost": "stay",
  "exit-check-matched": "stay",
  "drift-seen": "stay",
  "leak-seen": "stay",
  "transport-suspected": "stay",
  "exit-confirmed": "impossible",
  "exit-lost": "impossible",
  "operator-changed": "stay",
  "lease-lost": loseLease,
  waited: "impossible",
  "task-failed": failTask,
  "stop-asked": stopOnRequest,
  "restart-asked": "stay",
  "rotate-asked": "stay",
  "check-asked": "stay",
  "switch-wanted": "stay",
  "switch-granted": "impossible",
  "switch-refused": "impossible",
  "exit-returned": "stay",
  left: "impossible",
  recovered: "impossible",
};

/** What each phase does otherwise. */
export const rows: { readonly [P in Phase]: Row<P> } = {
  ...seekingRows,
  ...livingRows,
  ...switchingRows,
  ...leavingRows,
};

export type Step =
  | { readonly kind: "moved"; readonly state: BotState; readonly effects: readonly BotEffect[] }
  | { readonly kind: "impossible"; readonly phase: Phase; readonly event: EventType };

/** Looks the event up in the table and gives back the next state with its effects. */
export function step(state: BotState, event: BotEvent, nowMs: MonotonicMs): Step {
  const cell = cellOf(state.phase, event.type);
  if (cell === "stay") return { kind: "moved", state, effects: [] };
  if (cell === "impossible") return { kind: "impossible", phase: state.phase, event: event.type };
  const [next, ...effects] = cell(state, event, nowMs);
  return { kind: "moved", state: next, effects };
}

/** What the table says of an event in a phase; after the end nothing changes anything. */
export function cellOf(phase: Phase, event: EventType): Cell<Phase, EventType> {
  if (phase === "ended") return "stay";
  return (rows[phase][event] ?? defaults[event]) as Cell<Phase, EventType>;
}
