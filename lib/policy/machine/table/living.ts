import type { MonotonicMs } from "../../../domain/time.ts";
import type { BotEffect } from "../effect.ts";
import type { EventOf } from "../event.ts";
import type { Move, Row } from "../row.ts";
import { type BotState, type Child, type Ending, type HeldExit, moveTo, type StateOf } from "../state.ts";
import { stopThen } from "./ending.ts";
import { leaveChanged, leaveLost, rotate, suddenDecision } from "./failing-over.ts";
import {
  afterExit,
  afterExitWhileVerifying,
  restartAsAsked,
  restartAsAskedWhileVerifying,
  restartSame,
  stopLeaking,
} from "./restarting.ts";
import { chooseBy, releases, setAsideIn, startProcess } from "./seeking.ts";
import { goOn, prepareAsWanted, rotateAsAsked, wantAgain, wantWhileVerifying } from "./switching.ts";
import {
  checkNow,
  confirmedAt,
  hangWhileVerifying,
  pauseAndVerify,
  refreshProof,
  verifyForMissingHeartbeats,
  verifyTransport,
} from "./verifying.ts";

/** A process starts or lives. */
export const livingRows = {
  recovering: {
    recovered: startRecovered,
    "not-proved": leaveUnstarted,
    "leak-seen": stopLeaking,
    "operator-changed": leaveWhileRecovering,
  },
  spawning: {
    spawned: afterSpawn,
    "not-proved": leaveUnstarted,
    "leak-seen": stopLeaking,
    exited: "impossible",
  },
  greeting: { greeted: openToGreeted, "not-greeted": refuseUnguarded, exited: afterExit },
  running: {
    exited: afterExit,
    "heartbeat-lost": verifyForMissingHeartbeats,
    "exit-check-matched": refreshProof,
    "drift-seen": pauseAndVerify,
    "leak-seen": stopLeaking,
    "transport-suspected": verifyTransport,
    "operator-changed": leaveChanged,
    "restart-asked": restartAsAsked,
    "rotate-asked": rotateAsAsked,
    "switch-wanted": prepareAsWanted,
    waited: wantAgain,
    "check-asked": checkNow,
  },
  verifying: {
    exited: afterExitWhileVerifying,
    "heartbeat-lost": hangWhileVerifying,
    "drift-seen": pauseAndVerify,
    "leak-seen": stopLeaking,
    "exit-confirmed": keepConfirmedExit,
    "exit-lost": leaveLost,
    "operator-changed": leaveChanged,
    "restart-asked": restartAsAskedWhileVerifying,
    "rotate-asked": rotate,
    "switch-wanted": wantWhileVerifying,
  },
} satisfies { readonly [P in "recovering" | "spawning" | "greeting" | "running" | "verifying"]: Row<P> };

function afterSpawn(state: StateOf<"spawning">, event: EventOf<"spawned">, nowMs: MonotonicMs): Move {
  const child: Child = { pid: event.pid, startedAtMs: nowMs };
  // The process was let start only once the exit was seen from where it runs.
  const exit = state.exit === undefined ? undefined : { ...state.exit, isSeenInside: true };
  if (exit === undefined || !state.settings.needsHello) return beginRunning(state, exit, child);
  return [moveTo<"greeting">(state, { phase: "greeting", exit, child }), { do: "await-hello" }];
}

function startRecovered(state: StateOf<"recovering">, event: EventOf<"recovered">): Move {
  const { exit, decision } = state;
  const isSeenInside = exit.isSeenInside || event.isSeenInside;
  return startProcess(state, { ...exit, isSeenInside }, decision);
}

/** The hook may still run there: it is stopped like a bot. */
function leaveWhileRecovering(state: StateOf<"recovering">, event: EventOf<"operator-changed">): Move {
  const { exit } = state;
  const { cause, reason } = event;
  const loss = { exit, cause, reason };
  const next = { kind: "choose", loss, decision: suddenDecision(loss), delayMs: 0 } as const;
  return stopThen(state, next, { isUrgent: false, before: [{ do: "cut", reason }] });
}

/** From inside, the world does not see the exit: nothing was started, and the next candidate is tried. */
function leaveUnstarted(
  state: StateOf<"spawning" | "recovering">,
  { setAside }: EventOf<"not-proved">,
): Move {
  const { exit, decision } = state;
  if (exit === undefined) return [state];
  const first: readonly BotEffect[] = [{ do: "shut-gate" }, ...releases(exit, setAside.why)];
  return chooseBy(state, setAsideIn(decision, exit, setAside), { first });
}

function beginRunning(state: BotState, exit: HeldExit | undefined, child: Child): Move {
  const counted: BotState = { ...state, hasRun: true, restarts: state.hasRun ? state.restarts + 1 : 0 };
  const opens: readonly BotEffect[] = exit === undefined ? [] : [{ do: "open-gate" }];
  const moved = moveTo<"running">(counted, { phase: "running", exit, child });
  return [moved, ...opens, { do: "announce-ready", exit }, { do: "watch", exit }];
}

function openToGreeted(state: StateOf<"greeting">): Move {
  return beginRunning(state, state.exit, state.child);
}

/** Nothing ever left, and nothing may: without the preload's hello the tier promises nothing. */
function refuseUnguarded(state: StateOf<"greeting">, event: EventOf<"not-greeted">): Move {
  const { reason } = event;
  const ending: Ending = { exitStatus: 78, by: "launcher", reason, code: "LAUNCH_TIER_UNAVAILABLE" };
  return stopThen(
    state,
    { kind: "end", ending },
    { isUrgent: true, before: [{ do: "cut", reason: event.reason }] },
  );
}

/** The exit is what it was: a bot without heartbeats hangs, anything else goes on. */
function keepConfirmedExit(
  state: StateOf<"verifying">,
  event: EventOf<"exit-confirmed">,
  nowMs: MonotonicMs,
): Move {
  const { suspicion, child, want } = state;
  if (suspicion === "heartbeat")
    return restartSame(state, { reason: "the bot hangs: no heartbeat", nowMs, random01: event.random01 });
  const exit = confirmedAt(state.exit, nowMs);
  const [moved, ...effects] = goOn(state, { exit, child, want }, nowMs);
  return [moved, { do: "open-gate" }, ...effects];
}
