import type { AccountFacts, CandidateFacts } from "../../domain/selection-facts.ts";

export interface Withdrawal {
  readonly cause: "demoted" | "edited" | "held";
  readonly reason: string;
}

/** What the operator changed about the way a bot is on; a changed priority alone never moves it (docs/architecture.md, Proof). */
export function withdrawalOf(facts: AccountFacts | undefined, inUse: CandidateFacts): Withdrawal | undefined {
  if (facts === undefined) return { cause: "held", reason: "the account was removed" };
  const { hold } = facts.account;
  if (hold !== undefined) return { cause: "held", reason: `${hold.by} holds the account: ${hold.why}` };
  const { label } = inUse.proxy;
  const now = facts.candidates.find((candidate) => candidate.assignment.id === inUse.assignment.id);
  if (now === undefined) return { cause: "demoted", reason: `${label} was unassigned or removed` };
  if (!now.proxy.isActive) return { cause: "demoted", reason: `${label} was disabled` };
  const { status, cooldownUntil } = now.assignment;
  const { assignment: chosen } = inUse;
  // What it came back with when it was chosen is no news.
  const isNew = status !== chosen.status || cooldownUntil !== chosen.cooldownUntil;
  if (status === "disabled" || status === "held" || status === "quarantined")
    return { cause: "demoted", reason: `${label} is ${status}` };
  if (status === "burned" && isNew) return { cause: "demoted", reason: `${label} is burned` };
  // However short the cooldown: a demotion takes the exit away from whoever is on it.
  if (status === "cooling" && isNew) return { cause: "demoted", reason: `${label} was demoted` };
  if (now.proxy.revision !== inUse.proxy.revision) return { cause: "edited", reason: `${label} was edited` };
  return undefined;
}
