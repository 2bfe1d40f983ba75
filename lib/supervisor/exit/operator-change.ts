import type { Account } from "../../domain/account.ts";
import { exitKeyOf } from "../../domain/ip.ts";
import type { HeldFacts } from "../../domain/selection/selection-facts.ts";
import type { Instant } from "../../domain/time.ts";
import type { ChosenFacts, ProvenCandidate } from "../../policy/machine/state.ts";
import { reputationsNow } from "../../policy/reputation/venue-findings.ts";

export interface OperatorChange {
  readonly cause: "demoted" | "edited" | "held";
  readonly reason: string;
}

/** What the operator changed about the way a bot is on; a changed priority alone never moves it (docs/architecture.md, Proof). */
export function operatorChangeOf(
  facts: HeldFacts | undefined,
  chosen: ChosenFacts,
): OperatorChange | undefined {
  const { facts: inUse } = chosen;
  if (facts === undefined) return { cause: "held", reason: "the account was removed" };
  const { hold } = facts.account;
  if (hold !== undefined) return { cause: "held", reason: `${hold.by} holds the account: ${hold.why}` };
  const changed = changeOf(facts.account, chosen.account);
  if (changed !== undefined) return { cause: "edited", reason: `the account's ${changed} changed` };
  const { label } = inUse.proxy;
  const now = facts.candidate;
  if (now === undefined) return { cause: "demoted", reason: `${label} was unassigned or removed` };
  if (!now.proxy.isActive) return { cause: "demoted", reason: `${label} was disabled` };
  const { status, cooldownUntil } = now.assignment;
  const { assignment: before } = inUse;
  // What it came back with when it was chosen is no news.
  const isNew = status !== before.status || cooldownUntil !== before.cooldownUntil;
  if (status === "disabled" || status === "held" || status === "quarantined")
    return { cause: "demoted", reason: `${label} is ${status}` };
  if (status === "burned" && isNew) return { cause: "demoted", reason: `${label} is burned` };
  // However short the cooldown: a demotion takes the exit away from whoever is on it.
  if (status === "cooling" && isNew) return { cause: "demoted", reason: `${label} was demoted` };
  if (now.proxy.revision !== inUse.proxy.revision) return { cause: "edited", reason: `${label} was edited` };
  return undefined;
}

/** Why a bot has to leave an exit that works: an operator burned it at a venue of the account. What venues did is judged as it is answered. */
export function operatorBurnOf(
  { account, candidate }: HeldFacts,
  { chosen, proof }: Pick<ProvenCandidate, "chosen" | "proof">,
  now: Instant,
): string | undefined {
  const { label } = chosen.facts.proxy;
  const held = proof.exitIps.map(exitKeyOf);
  const burned = (candidate === undefined ? [] : reputationsNow(candidate, account, now)).find(
    ({ state, because, exitKey }) => state === "burned" && because === "operator" && held.includes(exitKey),
  );
  if (burned === undefined) return undefined;
  return `${label} (${burned.exitIp}) was burned at ${burned.venue} by an operator`;
}

// The exit lease was taken for these venues and this group: with others, another account's may stand in its way.
function changeOf(now: Account, chosen: Account): string | undefined {
  if (!isSameSet(now.venues, chosen.venues)) return "venues";
  if (now.groupName !== chosen.groupName) return "group";
  return isSameSet(now.allowedCountries, chosen.allowedCountries) ? undefined : "allowed countries";
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  const [a, b] = [new Set(left), new Set(right)];
  return a.size === b.size && left.every((each) => b.has(each));
}
