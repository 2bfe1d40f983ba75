import type { MonotonicMs } from "../../../domain/time.ts";
import { planRestart, type RestartDecision, type RunBudgets, restartLimits } from "../../restart.ts";
import type { BotEffect } from "../effect.ts";
import type { EventOf } from "../event.ts";
import type { Move } from "../row.ts";
import { type BotState, type Decision, isLost, type Loss, type StateOf, type SwitchWant } from "../state.ts";
import { stopThen } from "./ending.ts";
import { chooseBy, decisionAfter, decisionAway, leftOf } from "./seeking.ts";

type Living = StateOf<"running" | "verifying" | "preparing" | "leaving">;

export function leaveChanged(state: Living, event: EventOf<"operator-changed">): Move {
  return failOver(state, event);
}

/** An exit in doubt is left at once. */
export function rotate(state: StateOf<"verifying">, { by }: EventOf<"rotate-asked">): Move {
  return failOver(state, { cause: "operator", reason: `rotated by ${by}` });
}

/** A lost identity costs something of its budget; an operator's word does not. */
export function leaveLost(
  state: StateOf<"verifying">,
  event: EventOf<"exit-lost">,
  nowMs: MonotonicMs,
): Move {
  const { state: charged, decision } = spend(state, "identity", { ...event, nowMs });
  const delayMs = decision.kind === "spent" ? decision.retryInMs : decision.delayMs;
  const why = `it lost its exit too often: ${event.reason}`;
  return failOver(charged, { ...event, delayMs, why });
}

// Suddenly: the bot had no time to prepare.
function failOver(
  state: Living,
  { cause, reason, delayMs = 0, why }: Omit<Loss, "exit"> & Partial<Pick<Departure, "delayMs" | "why">>,
): Move {
  const { exit } = state;
  if (exit === undefined) return [state];
  const decision = suddenDecision({ exit, cause, reason });
  return depart(state, { loss: { exit, cause, reason }, decision, delayMs, why });
}

/** The choice after an exit was left without the bot's knowing; by an operator's rotation it is not that exit again. */
export function suddenDecision({ exit, cause }: Loss): Decision {
  const lost = leftOf(exit, { isSudden: true });
  return cause === "operator"
    ? decisionAway(exit, { lost, why: "was left by rotation" })
    : decisionAfter(lost);
}

/** How an exit is left. */
export interface Departure {
  readonly loss: Loss;
  readonly decision: Decision;
  readonly delayMs: number;
  /** Why there is a delay. */
  readonly why?: string | undefined;
  /** What has to be granted before the next exit is chosen. */
  readonly want?: SwitchWant | undefined;
  /** There is no exit to go to: the delay ends with another look. */
  readonly hasNoExit?: boolean | undefined;
}

/** The account leaves its exit: cut first, stop the tree (or keep it behind the cut relay), then choose anew. */
export function depart(state: Living, departure: Departure): Move {
  const { loss, decision } = departure;
  const { exit, reason } = loss;
  const text = `leaves ${exit.label} (${exit.proof.exitIps[0]}): ${reason}`;
  const before: readonly BotEffect[] = [
    { do: "cut", reason },
    { do: "say", level: "warning", text },
  ];
  if (canReconnect(state, departure)) {
    const first: readonly BotEffect[] = [{ do: "unwatch" }, ...before, { do: "leave-exit", ...loss }];
    return chooseBy(state, decision, { child: state.child, first, left: countedIn(loss, decision) });
  }
  return stopThen(state, { kind: "choose", ...departure }, { isUrgent: false, before });
}

/** Charges one budget; how long the process ran decides whether a new row of restarts begins. */
export function spend<State extends StateOf<"greeting"> | Living>(
  state: State,
  cause: keyof RunBudgets,
  at: { readonly nowMs: MonotonicMs; readonly random01: number },
): { readonly state: State; readonly decision: RestartDecision } {
  const request = { nowMs: at.nowMs, ranMs: at.nowMs - state.child.startedAtMs, random01: at.random01 };
  const decision = planRestart(state.budgets[cause], request, restartLimits[cause]);
  return { state: { ...state, budgets: { ...state.budgets, [cause]: decision.budget } }, decision };
}

/** The loss that the fleet's pace has to hear of before the choice: one that nobody granted. What an operator changed about an exit is no switch. */
export function countedIn(loss: Loss | undefined, { lost }: Decision): Loss | undefined {
  if (loss === undefined) return undefined;
  const isRotation = loss.cause === "operator" && lost?.isSudden === true;
  return isLost(loss.cause) || isRotation ? loss : undefined;
}

function canReconnect(state: BotState, { loss, delayMs, want }: Departure): boolean {
  const isWished = state.settings.onFailover === "reconnect" && loss.cause !== "held";
  return isWished && delayMs === 0 && want === undefined;
}
