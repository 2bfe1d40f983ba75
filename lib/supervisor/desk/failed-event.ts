import type { HistoryEvent } from "../../domain/event.ts";
import type { AccountId } from "../../domain/ids.ts";
import type { Unit } from "../../domain/run/unit.ts";
import type { Instant } from "../../domain/time.ts";
import type { Ending } from "../../policy/machine/state.ts";

/** What the history has of a unit that could not be started: no run of it tells how it ended, and people want to hear of it. */
export function failedEvent(
  { kind, name }: Unit,
  { reason, exitStatus, code }: Ending,
  {
    accountId,
    host,
    now,
  }: { readonly accountId: AccountId | undefined; readonly host: string; readonly now: Instant },
): HistoryEvent {
  return {
    at: now,
    kind: `${kind}.stopped`,
    severity: "error",
    actor: "system",
    host,
    accountId,
    collectorName: kind === "collector" ? name : undefined,
    message: `${name} does not start: ${reason}`,
    evidence: { exitStatus, by: "launcher", code, isAsked: false },
  };
}
