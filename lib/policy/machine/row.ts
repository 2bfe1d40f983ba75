import type { MonotonicMs } from "../../domain/time.ts";
import type { BotEffect, TaskAnswers } from "./effect.ts";
import type { EventOf, EventType } from "./event.ts";
import type { BotState, Phase, StateOf } from "./state.ts";

/** The next state and what is to be done, in order. */
export type Move = readonly [BotState, ...BotEffect[]];
export type Handler<P extends Phase, T extends EventType> = (
  state: StateOf<P>,
  event: EventOf<T>,
  nowMs: MonotonicMs,
) => Move;
/** `stay` for what may come late, `impossible` for what cannot be. */
export type Cell<P extends Phase, T extends EventType> = Handler<P, T> | "stay" | "impossible";

/** The task that is under way in a phase. */
interface PhaseTasks {
  readonly leasing: "acquire-lease";
  readonly choosing: "choose";
  readonly proving: "prove";
  readonly claiming: "claim-exit";
  readonly spawning: "spawn";
  readonly greeting: "await-hello";
  readonly recovering: "run-on-lost";
  readonly running: "wait";
  readonly verifying: "verify-exit";
  readonly preparing: "prepare-switch";
  readonly leaving: "tell-leaving";
  readonly stopping: "stop-tree";
  readonly backing_off: "wait";
  readonly holding: "wait" | "prepare-switch";
}
type AnswerIn<P extends Phase> = P extends keyof PhaseTasks ? TaskAnswers[PhaseTasks[P]] : never;

/** What a phase does otherwise than the defaults; each answer of the task under way in it must be there. */
export type Row<P extends Phase> = { readonly [T in EventType]?: Cell<P, T> } & {
  readonly [T in AnswerIn<P>]: Handler<P, T>;
};
