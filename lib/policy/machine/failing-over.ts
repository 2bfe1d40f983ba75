import type { MonotonicMs } from "../../domain/time.ts";
import { planRestart, type RestartCause, type RestartDecision, restartLimits } from "../restart.ts";
import type { BotEffect } from "./effect.ts";
import { stopThen } from "./ending.ts";
import type { EventOf } from "./event.ts";
import type { Move } from "./row.ts";
import { chooseBy, decisionAfter, decisionAfterRotation, surroundingsOf } from "./seeking.ts";
import { type BotState, isOperators, type LossCause, type StateOf } from "./state.ts";

export function leaveChanged(
  state: StateOf<"running" | "verifying">,
  event: EventOf<"operator-changed">,
  nowMs: MonotonicMs,
): Move {
  return failOver(state, { ...event, nowMs, random01: 0 });
}

export function rotate(
  state: StateOf<"running" | "verifying">,
  { by }: EventOf<"rotate-asked" | "other-found">,
  nowMs: MonotonicMs,
): Move {
  return failOver(state, { cause: "rotated", reason: `rotated by ${by}`, nowMs, random01: 0 });
}

export function leaveLost(
  state: StateOf<"verifying">,
  event: EventOf<"exit-lost">,
  nowMs: MonotonicMs,
): Move {
  return failOver(state, { ...event, nowMs });
}

/** The account leaves its exit: cut first, stop the tree (or keep it behind the cut relay), then choose anew. */
function failOver(
  state: StateOf<"running" | "verifying">,
  loss: {
    readonly cause: LossCause;
    readonly reason: string;
    readonly nowMs: MonotonicMs;
    readonly random01: number;
  },
): Move {
  const { exit } = state;
  if (exit === undefined) return [state];
  const { cause, reason } = loss;
  // An operator's word is no failure: it costs nothing of the budget.
  const spent = isOperators(cause) ? undefined : spend(state, "identity", loss);
  const text = `leaves ${exit.label} (${exit.proof.exitIps[0]}): ${reason}`;
  const before: readonly BotEffect[] = [
    { do: "cut", reason },
    { do: "say", level: "warning", text },
  ];
  const charged = spent?.state ?? state;
  const delayMs = spent === undefined ? 0 : waitOf(spent.decision);
  const decision = cause === "rotated" ? decisionAfterRotation(exit) : decisionAfter(surroundingsOf(exit));
  if (canReconnect(charged, cause) && delayMs === 0) {
    const first: readonly BotEffect[] = [
      { do: "unwatch" },
      ...before,
      { do: "leave-exit", exit, cause, reason },
    ];
    return chooseBy(charged, decision, { child: charged.child, first });
  }
  const next = { kind: "choose", loss: { exit, cause, reason }, decision, delayMs } as const;
  return stopThen(charged, next, { isUrgent: false, before });
}

/** Charges one budget; how long the process ran decides whether a new row of restarts begins. */
export function spend(
  state: StateOf<"greeting" | "running" | "verifying">,
  cause: RestartCause,
  at: { readonly nowMs: MonotonicMs; readonly random01: number },
): { readonly state: typeof state; readonly decision: RestartDecision } {
  const request = { nowMs: at.nowMs, ranMs: at.nowMs - state.child.startedAtMs, random01: at.random01 };
  const decision = planRestart(state.budgets[cause], request, restartLimits[cause]);
  return { state: { ...state, budgets: { ...state.budgets, [cause]: decision.budget } }, decision };
}

function waitOf(decision: RestartDecision): number {
  return decision.kind === "spent" ? decision.retryInMs : decision.delayMs;
}

function canReconnect(state: BotState, cause: LossCause): boolean {
  return state.settings.onFailover === "reconnect" && cause !== "held";
}
