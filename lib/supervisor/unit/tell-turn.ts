import type { Unit } from "../../domain/run/unit.ts";
import type { BotEvent } from "../../policy/machine/event.ts";
import type { BotState, Ending } from "../../policy/machine/state.ts";
import type { RunRecorder, ToldEvent } from "./recorder.ts";

/** Writes into the history what people want to hear of a run's turns: it was stopped for a leak, or has no exit. */
export function tellTurn(recorder: RunRecorder, event: BotEvent, before: BotState, after: BotState): void {
  if (event.type === "leak-seen" && after.phase === "stopping" && after !== before) {
    recorder.record({ kind: "leak.blocked", severity: "error", message: event.reason });
  }
  if (after.phase === "holding" && before.phase !== "holding") {
    const code = event.type === "no-exit" ? event.code : undefined;
    const evidence = { code, vendor: after.lost?.provider };
    recorder.record({
      kind: "exit.none",
      severity: severityOf(after.reason),
      message: after.reason,
      evidence,
    });
  }
}

// An operator who holds an account knows that it does not run.
function severityOf(reason: string): "info" | "error" {
  return / is held by \S+: /.test(reason) ? "info" : "error";
}

/** What the history is told of how a run ended. */
export function toldOfEnd(kind: Unit["kind"], ending: Ending): ToldEvent {
  const { exitStatus, by, reason: message, code } = ending;
  const isAsked = by === "launcher" && code === undefined;
  const severity = isAsked || exitStatus === 0 ? "info" : "error";
  return { kind: `${kind}.stopped`, severity, message, evidence: { exitStatus, by, code, isAsked } };
}
