import type { MonotonicMs } from "../../../domain/time.ts";
import type { EventOf } from "../event.ts";
import type { Move } from "../row.ts";
import { type Drift, type HeldExit, moveTo, type StateOf, type Suspicion } from "../state.ts";

type Watched = StateOf<"running" | "preparing" | "leaving">;

export function verifyForMissingHeartbeats(state: StateOf<"running">): Move {
  return verifyHeldExit(state, "heartbeat");
}

/** A transport may be under suspicion for as long as the witnesses are down, and a bot hangs all the same; a drift is decided first. */
export function hangWhileVerifying(state: StateOf<"verifying">): Move {
  return state.suspicion === "transport" ? verifyHeldExit(state, "heartbeat") : [state];
}

export function verifyTransport(state: StateOf<"running">): Move {
  return verifyHeldExit(state, "transport");
}

/** One witness may lie: the bot's connections are kept still, neither served nor reset, until the others have told. */
export function pauseAndVerify(
  state: StateOf<"running" | "verifying" | "preparing">,
  event: EventOf<"drift-seen">,
): Move {
  const { reason, witness, exitIp } = event;
  return verifyHeldExit(state, "drift", { reason, witness, exitIp });
}

/** Drift pauses before anything is asked; the other suspicions leave the bot its connections until they are decided. */
function verifyHeldExit(
  state: StateOf<"running" | "verifying" | "preparing">,
  suspicion: Suspicion,
  drift?: Drift,
): Move {
  const { exit, child, want } = state;
  if (exit === undefined) return [state];
  const moved = moveTo<"verifying">(state, { phase: "verifying", exit, child, suspicion, want });
  if (drift === undefined) return [moved, { do: "verify-exit", exit, suspicion }];
  return [moved, { do: "pause-gate" }, { do: "verify-exit", exit, suspicion, drift }];
}

/** A reading matched: the proof is as fresh as the reading. */
export function refreshProof(
  state: Watched,
  _event: EventOf<"exit-check-matched">,
  nowMs: MonotonicMs,
): Move {
  return state.exit === undefined ? [state] : [{ ...state, exit: confirmedAt(state.exit, nowMs) }];
}

export function checkNow(state: Watched): Move {
  return state.exit === undefined ? [state] : [state, { do: "check-exit" }];
}

export function confirmedAt(exit: HeldExit, confirmedAtMs: MonotonicMs): HeldExit {
  return { ...exit, confirmedAtMs };
}
