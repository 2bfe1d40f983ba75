import type { BotEffect } from "../effect.ts";
import type { EventOf } from "../event.ts";
import type { Move } from "../row.ts";
import type { AfterStop, BotState, Ending } from "../state.ts";
import { exitOf, moveTo } from "../state.ts";

/** The restart and identity rules that several phases share. */
export function endWith(state: BotState, ending: Ending): Move {
  return [moveTo<"ended">(state, { phase: "ended", ending }), { do: "finish", ending, exit: exitOf(state) }];
}

export function stopThen(
  state: BotState,
  next: AfterStop,
  how: { readonly isUrgent: boolean; readonly before?: readonly BotEffect[] },
): Move {
  const moved = moveTo<"stopping">(state, { phase: "stopping", exit: exitOf(state), next });
  return [moved, { do: "unwatch" }, ...(how.before ?? []), { do: "stop-tree", isUrgent: how.isUrgent }];
}

/** An operator asked for the end: gracefully, with the relay open until the bot is gone. */
export function stopOnRequest(state: BotState, event: EventOf<"stop-asked">): Move {
  const ending = endingOnRequest(state, event);
  const hasProcess =
    ["spawning", "recovering"].includes(state.phase) || ("child" in state && state.child !== undefined);
  if (!hasProcess) return endWith(state, ending);
  return stopThen(state, { kind: "end", ending }, { isUrgent: false, before: cutWherePaused(state) });
}

export function loseLease(state: BotState, event: EventOf<"lease-lost">): Move {
  const before: readonly BotEffect[] = [
    { do: "cut", reason: event.reason },
    { do: "say", level: "error", text: event.reason },
  ];
  return stopThen(state, { kind: "end", ending: leaseLostEnding(event) }, { isUrgent: true, before });
}

export function failTask(state: BotState, event: EventOf<"task-failed">): Move {
  const before: readonly BotEffect[] = [{ do: "cut", reason: event.reason }];
  return stopThen(state, { kind: "end", ending: taskEnding(event) }, { isUrgent: true, before });
}

// Nobody will verify a paused exit any more: last words that cannot leave are better refused than waited for.
export function cutWherePaused(state: BotState): readonly BotEffect[] {
  const isPaused = state.phase === "verifying" && state.suspicion === "drift";
  return isPaused ? [{ do: "cut", reason: "the bot stops while its exit is being verified" }] : [];
}

export function leaseLostEnding({ reason, hint }: EventOf<"lease-lost">): Ending {
  return { exitStatus: 75, by: "launcher", reason, code: "LAUNCH_LEASE_LOST", hint };
}

export function taskEnding({ exitStatus, reason, code, hint }: EventOf<"task-failed">): Ending {
  return { exitStatus, by: "launcher", reason, code, hint };
}

export function endingOnRequest(state: BotState, { signal, by }: EventOf<"stop-asked">): Ending {
  if (by !== undefined) return { exitStatus: 0, by: "launcher", reason: `stopped by ${by}` };
  // A shell script must not go on after Ctrl-C at the start; an engine must not restart what was stopped on purpose.
  const exitStatus = state.hasRun ? 0 : statusOfSignal(signal === "disconnect" ? "TERM" : signal);
  const reason =
    signal === "disconnect" ? "stopped: the program that started it is gone" : `stopped by SIG${signal}`;
  return { exitStatus, by: "launcher", reason };
}

/** 128 + n is what a shell reports for a process that a signal ended. */
export function statusOfSignal(signal: string | undefined): number {
  return 128 + (signalNumbers[signal ?? ""] ?? 0);
}

const signalNumbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
};
