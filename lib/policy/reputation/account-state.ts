import type { Run } from "../../domain/run/run.ts";
import type { Instant } from "../../domain/time.ts";

export const accountStates = ["running", "waiting", "switching", "no_exit", "held", "stopped"] as const;
/** How an account stands, in one word. */
export type AccountState = (typeof accountStates)[number];

/** What an account's state is read from. */
export interface AccountStateFacts {
  /** By an operator. */
  readonly isHeld: boolean;
  /** Of the run that lives; undefined when none does. */
  readonly phase: Run["phase"] | undefined;
  /** A venue asked the account or its exit for a pause until then, or a switch is allowed from then. */
  readonly waitsUntil: Instant | undefined;
}

/** The account's state: an operator's hold says more than what runs, and a pause more than that the bot runs meanwhile. */
export function accountStateOf({ isHeld, phase, waitsUntil }: AccountStateFacts, now: Instant): AccountState {
  if (isHeld) return "held";
  const isWaiting = waitsUntil !== undefined && waitsUntil > now;
  switch (phase) {
    case undefined:
    case "ended":
    case "stopping":
      return "stopped";
    case "running":
      return isWaiting ? "waiting" : "running";
    case "holding":
      return isWaiting ? "waiting" : "no_exit";
    case "backing_off":
      return "waiting";
    case "starting":
    case "proving":
    case "switching":
      return "switching";
    default:
      return phase satisfies never;
  }
}
