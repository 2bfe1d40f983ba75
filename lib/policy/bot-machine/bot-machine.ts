import type { MonotonicMs } from "../../domain/time.ts";
import type { BotEffect } from "./effect.ts";
import type { BotEvent, EventType } from "./event.ts";
import { leavingRows } from "./leaving-rows.ts";
import { livingRows } from "./living-rows.ts";
import type { BotRow, Handler } from "./row.ts";
import { seekingRows } from "./seeking-rows.ts";
import type { BotState, Phase } from "./state.ts";

/** Every phase × every event; a missing cell does not compile. docs/states.md is generated from it. */
export const botMachine = { ...seekingRows, ...livingRows, ...leavingRows } satisfies {
  readonly [P in Phase]: BotRow<P>;
};

export type Step =
  | { readonly kind: "moved"; readonly state: BotState; readonly effects: readonly BotEffect[] }
  | { readonly kind: "impossible"; readonly phase: Phase; readonly event: EventType };

/** Looks the event up in the table and gives back the next state with its effects. */
export function step(state: BotState, event: BotEvent, nowMs: MonotonicMs): Step {
  const cell = botMachine[state.phase][event.type] as Handler<Phase, EventType> | "stay" | "impossible";
  if (cell === "stay") return { kind: "moved", state, effects: [] };
  if (cell === "impossible") return { kind: "impossible", phase: state.phase, event: event.type };
  const [next, ...effects] = cell(state, event, nowMs);
  return { kind: "moved", state: next, effects };
}
