import { type MonotonicMs, monotonic } from "../../domain/time.ts";
import { planRestart, type RestartCause, type RestartDecision, restartLimits } from "../restart.ts";
import type { BotEffect } from "./effect.ts";
import { statusOfSignal, stopThen } from "./ending.ts";
import type { EventOf } from "./event.ts";
import type { Move, Row } from "./row.ts";
import { chooseBy, decisionAfter, releases, setAsideIn, surroundingsOf } from "./seeking.ts";
import type { BotState, Child, Doubt, Drift, Ending, HeldExit, LossCause, StateOf } from "./state.ts";
import { moveTo } from "./state.ts";

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
    "beat-lost": doubtForMissingBeats,
    "reading-matched": refreshProof,
    "drift-seen": pauseAndDoubt,
    "leak-seen": stopLeaking,
    "transport-suspected": doubtTransport,
    withdrawn: leaveWithdrawn,
  },
  doubting: {
    exited: afterExitInDoubt,
    "beat-lost": hangInDoubt,
    "drift-seen": pauseAndDoubt,
    "leak-seen": stopLeaking,
    "exit-confirmed": settleDoubt,
    "exit-lost": leaveLost,
    withdrawn: leaveWithdrawn,
  },
} satisfies { readonly [P in "spawning" | "greeting" | "running" | "doubting"]: Row<P> };

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
  state: StateOf<"greeting" | "running" | "doubting">,
  event: EventOf<"exited">,
  nowMs: MonotonicMs,
): Move {
  const { restart } = state.settings;
  const status = statusOf(event);
  const ending: Ending = { exitStatus: status, by: "bot", reason: describeExit(event) };
  const isOver = restart === "never" || (restart === "on-failure" && status === 0);
  if (isOver) return stopThen(state, { kind: "end", ending }, { isUrgent: true });
  return restartSame(state, { reason: describeExit(event), nowMs, unit: event.unit });
}

/** Starts the bot again on the same exit, after the crash budget's wait. */
function restartSame(
  state: StateOf<"greeting" | "running" | "doubting">,
  why: { readonly reason: string; readonly nowMs: MonotonicMs; readonly unit: number },
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

function doubtForMissingBeats(state: StateOf<"running">): Move {
  return doubtExit(state, "beat");
}

/** A transport may be in doubt for as long as the witnesses are down, and a bot hangs all the same; a drift is settled first. */
function hangInDoubt(state: StateOf<"doubting">): Move {
  return state.doubt === "transport" ? doubtExit(state, "beat") : [state];
}

function doubtTransport(state: StateOf<"running">): Move {
  return doubtExit(state, "transport");
}

/** One witness may lie: the bot's connections are kept still, neither served nor reset, until the others have told. */
function pauseAndDoubt(state: StateOf<"running" | "doubting">, event: EventOf<"drift-seen">): Move {
  return doubtExit(state, "drift", { reason: event.reason, witness: event.witness });
}

/** Another exit would not help a bot that goes past its relay: it ends, and no engine starts it again. */
function stopLeaking(state: StateOf<"spawning" | "running" | "doubting">, event: EventOf<"leak-seen">): Move {
  const reason = `The bot is not held to its proxy: ${event.reason}.`;
  const ending: Ending = { exitStatus: 78, by: "launcher", reason, code: "LAUNCH_TIER_UNAVAILABLE" };
  return stopThen(
    state,
    { kind: "end", ending },
    { isUrgent: true, before: [{ do: "cut", reason: event.reason }] },
  );
}

/** Drift pauses before anything is asked; the other doubts leave the bot its connections until they are settled. */
function doubtExit(state: StateOf<"running" | "doubting">, doubt: Doubt, drift?: Drift): Move {
  const { exit, child } = state;
  if (exit === undefined) return [state];
  const moved = moveTo<"doubting">(state, { phase: "doubting", exit, child, doubt });
  if (drift === undefined) return [moved, { do: "settle-doubt", exit, doubt }];
  return [moved, { do: "pause-gate" }, { do: "settle-doubt", exit, doubt, drift }];
}

/** The exit is what it was: a bot without beats hangs, anything else goes on. */
function settleDoubt(state: StateOf<"doubting">, event: EventOf<"exit-confirmed">, nowMs: MonotonicMs): Move {
  if (state.doubt === "beat")
    return restartSame(state, { reason: "the bot hangs: no beat", nowMs, unit: event.unit });
  const exit = confirmedAt(state.exit, nowMs);
  return [moveTo<"running">(state, { phase: "running", exit, child: state.child }), { do: "open-gate" }];
}

/** A reading matched: the proof is as fresh as the reading. */
function refreshProof(
  state: StateOf<"running">,
  _event: EventOf<"reading-matched">,
  nowMs: MonotonicMs,
): Move {
  return state.exit === undefined ? [state] : [{ ...state, exit: confirmedAt(state.exit, nowMs) }];
}

/** A bot that ended while its exit was in doubt is proven again before it restarts. */
function afterExitInDoubt(state: StateOf<"doubting">, event: EventOf<"exited">, nowMs: MonotonicMs): Move {
  return afterExit({ ...state, exit: confirmedAt(state.exit, longAgo) }, event, nowMs);
}

function leaveWithdrawn(
  state: StateOf<"running" | "doubting">,
  event: EventOf<"withdrawn">,
  nowMs: MonotonicMs,
): Move {
  return failOver(state, { ...event, nowMs, unit: 0 });
}

function leaveLost(state: StateOf<"doubting">, event: EventOf<"exit-lost">, nowMs: MonotonicMs): Move {
  return failOver(state, { ...event, nowMs });
}

/** The account leaves its exit: cut first, stop the tree (or keep it behind the cut relay), then choose anew. */
function failOver(
  state: StateOf<"running" | "doubting">,
  loss: {
    readonly cause: LossCause;
    readonly reason: string;
    readonly nowMs: MonotonicMs;
    readonly unit: number;
  },
): Move {
  const { exit } = state;
  if (exit === undefined) return [state];
  const { cause, reason } = loss;
  // An operator's word is no failure: it costs nothing of the budget.
  const isOperators = cause === "demoted" || cause === "edited" || cause === "held";
  const spent = isOperators ? undefined : spend(state, "identity", loss);
  const text = `leaves ${exit.label} (${exit.proof.exitIp}): ${reason}`;
  const before: readonly BotEffect[] = [
    { do: "cut", reason },
    { do: "say", level: "warning", text },
  ];
  const charged = spent?.state ?? state;
  const delayMs = spent === undefined ? 0 : waitOf(spent.decision);
  const lost = surroundingsOf(exit);
  if (canReconnect(charged, cause) && delayMs === 0) {
    const first: readonly BotEffect[] = [
      { do: "unwatch" },
      ...before,
      { do: "leave-exit", exit, cause, reason },
    ];
    return chooseBy(charged, decisionAfter(lost), { child: charged.child, first });
  }
  const next = { kind: "choose", loss: { exit, cause, reason }, lost, delayMs } as const;
  return stopThen(charged, next, { isUrgent: false, before });
}

/** Charges one budget; how long the process ran decides whether a new row of restarts begins. */
function spend(
  state: StateOf<"greeting" | "running" | "doubting">,
  cause: RestartCause,
  at: { readonly nowMs: MonotonicMs; readonly unit: number },
): { readonly state: typeof state; readonly decision: RestartDecision } {
  const request = { nowMs: at.nowMs, ranMs: at.nowMs - state.child.startedAtMs, unit: at.unit };
  const decision = planRestart(state.budgets[cause], request, restartLimits[cause]);
  return { state: { ...state, budgets: { ...state.budgets, [cause]: decision.budget } }, decision };
}

function waitOf(decision: RestartDecision): number {
  return decision.kind === "spent" ? decision.retryInMs : decision.delayMs;
}

function canReconnect(state: BotState, cause: LossCause): boolean {
  return state.settings.onFailover === "reconnect" && cause !== "beat" && cause !== "held";
}

function confirmedAt(exit: HeldExit, confirmedAtMs: MonotonicMs): HeldExit {
  return { ...exit, confirmedAtMs };
}

function statusOf(event: EventOf<"exited">): number {
  return event.code ?? statusOfSignal(event.signal);
}

function describeExit(event: EventOf<"exited">): string {
  return event.signal === undefined
    ? `the process ended with ${event.code ?? "no code"}`
    : `the process was ended by SIG${event.signal}`;
}
