import type { EventOf } from "./event.ts";
import type { Move } from "./row.ts";
import { type Doubt, type Drift, moveTo, type StateOf } from "./state.ts";

export function doubtForMissingBeats(state: StateOf<"running">): Move {
  return doubtExit(state, "beat");
}

/** A transport may be in doubt for as long as the witnesses are down, and a bot hangs all the same; a drift is settled first. */
export function hangInDoubt(state: StateOf<"doubting">): Move {
  return state.doubt === "transport" ? doubtExit(state, "beat") : [state];
}

export function doubtTransport(state: StateOf<"running">): Move {
  return doubtExit(state, "transport");
}

/** One witness may lie: the bot's connections are kept still, neither served nor reset, until the others have told. */
export function pauseAndDoubt(state: StateOf<"running" | "doubting">, event: EventOf<"drift-seen">): Move {
  return doubtExit(state, "drift", { reason: event.reason, witness: event.witness });
}

/** Drift pauses before anything is asked; the other doubts leave the bot its connections until they are settled. */
function doubtExit(state: StateOf<"running" | "doubting">, doubt: Doubt, drift?: Drift): Move {
  const { exit, child } = state;
  if (exit === undefined) return [state];
  const moved = moveTo<"doubting">(state, { phase: "doubting", exit, child, doubt });
  if (drift === undefined) return [moved, { do: "settle-doubt", exit, doubt }];
  return [moved, { do: "pause-gate" }, { do: "settle-doubt", exit, doubt, drift }];
}
