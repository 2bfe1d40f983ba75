import type { MonotonicMs } from "../../domain/time.ts";
import type { BotEffect } from "./effect.ts";
import type { EventOf, EventType } from "./event.ts";
import type { BotState, Phase, StateOf } from "./state.ts";

/** The next state and what is to be done, in order. */
export type Move = readonly [BotState, ...BotEffect[]];
export type Handler<P extends Phase, T extends EventType> = (
  state: StateOf<P>,
  event: EventOf<T>,
  nowMs: MonotonicMs,
) => Move;
/** One phase's answer to every event: `stay` for what may come late, `impossible` for what cannot be. */
export type BotRow<P extends Phase> = { readonly [T in EventType]: Handler<P, T> | "stay" | "impossible" };
