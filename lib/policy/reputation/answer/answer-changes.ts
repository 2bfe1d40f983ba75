import type { HistoryEvent } from "../../../domain/event.ts";
import type { Incident } from "../../../domain/reputation/incident.ts";
import type { Reputation } from "../../../domain/reputation/reputation.ts";
import type { Instant } from "../../../domain/time.ts";
import type { Change } from "../../../domain/verdict/change.ts";
import type { AnswerFacts, SeenAnswer } from "./answer-facts.ts";

type Told = Pick<HistoryEvent, "kind" | "severity" | "message">;

/** The history's line for what a venue answered: it names the exit and who saw it, and keeps the rule that decided. */
export function answerEvent(
  { by, channel, classified }: SeenAnswer,
  { account, exit }: AnswerFacts,
  { kind, severity, message }: Told,
  at: Instant,
): HistoryEvent {
  const { rule, class: answerClass, venue } = classified;
  return {
    at,
    kind,
    severity,
    actor: by.actor,
    host: by.host,
    accountId: account.id,
    proxyId: exit.proxy.id,
    runId: by.runId,
    message: `${exit.proxy.label} (${exit.exitIp}) ${message}`,
    evidence: { channel, class: answerClass, rule, venue, exitIp: exit.exitIp },
  };
}

/** The change of a reputation, where it changed at all. */
export function changeReputation(
  row: Reputation | undefined,
  next: Reputation,
  event: HistoryEvent | undefined,
): readonly Change[] {
  if (next === row) return [];
  const expected = row && { state: row.state, untilAt: row.untilAt, failures: row.failures };
  return [{ on: "reputation", expected, next, event }];
}

/** Incidents that were opened, and those that last longer than was known; each opening is told once. */
export function incidentChanges(
  { by }: SeenAnswer,
  { account, guard }: AnswerFacts,
  incidents: readonly Incident[],
): readonly Change[] {
  return incidents.flatMap((next): Change[] => {
    const known = guard.open.find(({ kind, name }) => kind === next.kind && name === next.name);
    if (known === next) return [];
    if (known !== undefined) return [{ on: "incident", next }];
    const where = next.kind === "host" ? "this host" : `the ${next.kind} ${next.name}`;
    const event: HistoryEvent = {
      at: next.since,
      kind: "incident.opened",
      severity: "warning",
      actor: by.actor,
      host: by.host,
      runId: by.runId,
      accountId: account.id,
      message: `Incident of ${where}: ${next.why}. No exit is blamed for it.`,
      evidence: { kind: next.kind, name: next.name },
    };
    return [{ on: "incident", next, event }];
  });
}
