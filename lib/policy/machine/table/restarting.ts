import { describeMemoryEnd } from "../../../domain/desk/memory-words.ts";
import { type MonotonicMs, monotonic } from "../../../domain/time.ts";
import { restartLimits } from "../../restart.ts";
import type { EventOf } from "../event.ts";
import type { Move } from "../row.ts";
import type { AfterStop, BotState, Ending, StateOf } from "../state.ts";
import { cutWherePaused, statusOfSignal, stopThen } from "./ending.ts";
import { spend } from "./failing-over.ts";
import { decisionAfter, leftOf } from "./seeking.ts";
import { confirmedAt } from "./verifying.ts";

const longAgo = monotonic(Number.NEGATIVE_INFINITY);

type Living = StateOf<"running" | "verifying" | "preparing">;

/** The process ended by itself: the restart wish and the crash budget decide. */
export function afterExit(
  state: StateOf<"greeting"> | Living,
  event: EventOf<"exited">,
  nowMs: MonotonicMs,
): Move {
  const { restart } = state.settings;
  const status = event.code ?? statusOfSignal(event.signal);
  const ending: Ending = { exitStatus: status, by: "bot", reason: describeExit(event) };
  const why = { reason: describeExit(event), nowMs, random01: event.random01 };
  // Started anew for its memory_limit as it is where that is measured: whatever becomes of it when it ends by itself.
  if (event.pastMemoryBytes !== undefined) return restartSame(state, why, "memory");
  const isOver = restart === "never" || (restart === "on-failure" && status === 0);
  if (isOver) return stopThen(state, { kind: "end", ending }, { isUrgent: true });
  return restartSame(state, why);
}

/** Starts the bot again on the same exit, after the wait of the budget of its cause. */
export function restartSame(
  state: StateOf<"greeting"> | Living,
  why: { readonly reason: string; readonly nowMs: MonotonicMs; readonly random01: number },
  cause: "crash" | "memory" = "crash",
): Move {
  const { state: charged, decision } = spend(state, cause, why);
  if (decision.kind === "spent") {
    const { maxInWindow, windowMs } = restartLimits[cause];
    const reason = `${why.reason}; that was restart ${maxInWindow + 1} within ${windowMs / 60_000} min, which is too many`;
    const ending: Ending = { exitStatus: 71, by: "launcher", reason, code: "LAUNCH_RESTART_BUDGET_SPENT" };
    return stopThen(charged, { kind: "end", ending }, { isUrgent: false });
  }
  const { delayMs } = decision;
  const again = { kind: "restart", delayMs, reason: why.reason, cause } as const;
  return stopThen(charged, unlessItMustLeave(state, again), { isUrgent: false });
}

/** A bot that ended while its exit was being verified is proven again before it restarts. */
export function afterExitWhileVerifying(
  state: StateOf<"verifying">,
  event: EventOf<"exited">,
  nowMs: MonotonicMs,
): Move {
  return afterExit({ ...state, exit: confirmedAt(state.exit, longAgo) }, event, nowMs);
}

/** A new process on the same exit; an operator's word costs nothing of the crash budget. */
export function restartAsAsked(state: Living, event: EventOf<"restart-asked">): Move {
  const { by, cause = "operator", delayMs = 0 } = event;
  const next = { kind: "restart", delayMs, reason: `restarted by ${by}`, cause } as const;
  return stopThen(state, unlessItMustLeave(state, next), {
    isUrgent: false,
    before: cutWherePaused(state),
  });
}

/** An exit that is being verified is proven again before the next process starts on it. */
export function restartAsAskedWhileVerifying(
  state: StateOf<"verifying">,
  event: EventOf<"restart-asked">,
): Move {
  return restartAsAsked({ ...state, exit: confirmedAt(state.exit, longAgo) }, event);
}

/** Another exit would not help a bot that goes past its relay: it ends, and no engine starts it again. */
export function stopLeaking(
  state: StateOf<"spawning" | "recovering" | "leaving"> | Living,
  event: EventOf<"leak-seen">,
): Move {
  const reason = `The bot is not kept on its proxy: ${event.reason}.`;
  const ending: Ending = { exitStatus: 78, by: "launcher", reason, code: "LAUNCH_TIER_UNAVAILABLE" };
  return stopThen(
    state,
    { kind: "end", ending },
    { isUrgent: true, before: [{ do: "cut", reason: event.reason }] },
  );
}

// No process is started again where nothing of the bot may go on: the next one starts elsewhere, once that is granted.
function unlessItMustLeave(state: BotState, restart: AfterStop): AfterStop {
  if (!("want" in state) || state.want?.mustLeave !== true || !("exit" in state)) return restart;
  const { exit, want } = state;
  if (exit === undefined) return restart;
  const loss = { exit, cause: want.cause, reason: want.reason };
  const decision = decisionAfter(leftOf(exit, { isSudden: true }));
  return { kind: "choose", loss, decision, delayMs: 0, want: { ...want, backOffMs: 0 } };
}

function describeExit(event: EventOf<"exited">): string {
  if (event.pastMemoryBytes !== undefined) return describeMemoryEnd(event.pastMemoryBytes);
  return event.signal === undefined
    ? `exited with code ${event.code ?? "unknown"}`
    : `was killed by SIG${event.signal}`;
}
