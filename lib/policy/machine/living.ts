import { type MonotonicMs, monotonic } from "../../domain/time.ts";
import { restartLimits } from "../restart.ts";
import type { BotEffect } from "./effect.ts";
import { cutWherePaused, statusOfSignal, stopThen } from "./ending.ts";
import type { EventOf } from "./event.ts";
import { leaveChanged, leaveLost, rotate, spend } from "./failing-over.ts";
import type { Move, Row } from "./row.ts";
import { chooseBy, releases, setAsideIn } from "./seeking.ts";
import { type BotState, type Child, type Ending, type HeldExit, moveTo, type StateOf } from "./state.ts";
import {
  hangWhileVerifying,
  pauseAndVerify,
  verifyForMissingHeartbeats,
  verifyTransport,
} from "./verifying.ts";

const longAgo = monotonic(Number.NEGATIVE_INFINITY);

/** A process starts or lives. */
export const livingRows = {
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
    "rotate-asked": findOther,
    "other-found": rotate,
    "no-other": stayForWant,
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
  },
} satisfies { readonly [P in "spawning" | "greeting" | "running" | "verifying"]: Row<P> };

function afterSpawn(state: StateOf<"spawning">, event: EventOf<"spawned">, nowMs: MonotonicMs): Move {
  const child: Child = { pid: event.pid, startedAtMs: nowMs };
  // The process was let start only once the exit was seen from where it runs.
  const exit = state.exit === undefined ? undefined : { ...state.exit, isSeenInside: true };
  if (exit === undefined || !state.settings.needsHello) return beginRunning(state, exit, child);
  return [moveTo<"greeting">(state, { phase: "greeting", exit, child }), { do: "await-hello" }];
}

/** From inside, the world does not see the exit: nothing was started, and the next candidate is tried. */
function leaveUnstarted(state: StateOf<"spawning">, { setAside }: EventOf<"not-proved">): Move {
  const { exit, decision } = state;
  if (exit === undefined) return [state];
  const first: readonly BotEffect[] = [{ do: "shut-gate" }, ...releases(exit)];
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

/** The process ended by itself: the restart wish and the crash budget decide. */
function afterExit(
  state: StateOf<"greeting" | "running" | "verifying">,
  event: EventOf<"exited">,
  nowMs: MonotonicMs,
): Move {
  const { restart } = state.settings;
  const status = statusOf(event);
  const ending: Ending = { exitStatus: status, by: "bot", reason: describeExit(event) };
  const isOver = restart === "never" || (restart === "on-failure" && status === 0);
  if (isOver) return stopThen(state, { kind: "end", ending }, { isUrgent: true });
  return restartSame(state, { reason: describeExit(event), nowMs, random01: event.random01 });
}

/** Starts the bot again on the same exit, after the crash budget's wait. */
function restartSame(
  state: StateOf<"greeting" | "running" | "verifying">,
  why: { readonly reason: string; readonly nowMs: MonotonicMs; readonly random01: number },
): Move {
  const { state: charged, decision } = spend(state, "crash", why);
  if (decision.kind === "spent") {
    const { maxInWindow, windowMs } = restartLimits.crash;
    const reason = `${why.reason}; that was restart ${maxInWindow + 1} within ${windowMs / 60_000} min, which is too many`;
    const ending: Ending = { exitStatus: 71, by: "launcher", reason, code: "LAUNCH_RESTART_BUDGET_SPENT" };
    return stopThen(charged, { kind: "end", ending }, { isUrgent: false });
  }
  return stopThen(
    charged,
    { kind: "restart", delayMs: decision.delayMs, reason: why.reason },
    { isUrgent: false },
  );
}

/** Another exit would not help a bot that goes past its relay: it ends, and no engine starts it again. */
function stopLeaking(
  state: StateOf<"spawning" | "running" | "verifying">,
  event: EventOf<"leak-seen">,
): Move {
  const reason = `The bot is not held to its proxy: ${event.reason}.`;
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
  if (state.suspicion === "heartbeat")
    return restartSame(state, { reason: "the bot hangs: no heartbeat", nowMs, random01: event.random01 });
  const exit = confirmedAt(state.exit, nowMs);
  return [moveTo<"running">(state, { phase: "running", exit, child: state.child }), { do: "open-gate" }];
}

/** A reading matched: the proof is as fresh as the reading. */
function refreshProof(
  state: StateOf<"running">,
  _event: EventOf<"exit-check-matched">,
  nowMs: MonotonicMs,
): Move {
  return state.exit === undefined ? [state] : [{ ...state, exit: confirmedAt(state.exit, nowMs) }];
}

/** A bot that ended while its exit was being verified is proven again before it restarts. */
function afterExitWhileVerifying(
  state: StateOf<"verifying">,
  event: EventOf<"exited">,
  nowMs: MonotonicMs,
): Move {
  return afterExit({ ...state, exit: confirmedAt(state.exit, longAgo) }, event, nowMs);
}

/** A new process on the same exit; an operator's word costs nothing of the crash budget. */
function restartAsAsked(state: StateOf<"running" | "verifying">, { by }: EventOf<"restart-asked">): Move {
  const next = { kind: "restart", delayMs: 0, reason: `restarted by ${by}` } as const;
  return stopThen(state, next, { isUrgent: false, before: cutWherePaused(state) });
}

/** An exit that is being verified is proven again before the next process starts on it. */
function restartAsAskedWhileVerifying(state: StateOf<"verifying">, event: EventOf<"restart-asked">): Move {
  return restartAsAsked({ ...state, exit: confirmedAt(state.exit, longAgo) }, event);
}

/** A bot whose exit is good is not stopped before another one is known. */
function findOther(state: StateOf<"running">, { by }: EventOf<"rotate-asked">): Move {
  const { exit } = state;
  return exit === undefined ? [state] : [state, { do: "find-other", exit, by }];
}

function stayForWant(state: StateOf<"running">, { reason }: EventOf<"no-other">): Move {
  return [state, { do: "say", level: "warning", text: `stays on its exit: ${reason}` }];
}

function checkNow(state: StateOf<"running">): Move {
  return state.exit === undefined ? [state] : [state, { do: "check-exit" }];
}

function statusOf(event: EventOf<"exited">): number {
  return event.code ?? statusOfSignal(event.signal);
}

function describeExit(event: EventOf<"exited">): string {
  return event.signal === undefined
    ? `exited with code ${event.code ?? "unknown"}`
    : `was killed by SIG${event.signal}`;
}

function confirmedAt(exit: HeldExit, confirmedAtMs: MonotonicMs): HeldExit {
  return { ...exit, confirmedAtMs };
}
