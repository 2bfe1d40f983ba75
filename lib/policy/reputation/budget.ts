import type { GuardFacts } from "../../domain/reputation/incident.ts";
import type { Permit, SwitchDecision, SwitchFacts, SwitchRequest } from "../../domain/reputation/switch.ts";
import type { SwitchRules } from "../../domain/reputation/switch-rules.ts";
import { describeDuration, type Instant } from "../../domain/time.ts";
import { incidentsIn, incidentThatHolds } from "./guard.ts";

/**
 * Decides a claim. A lost exit is only put in line with the rest of the fleet; a planned switch also waits for the end of an incident
 * of its venue or host and has a budget; an operator's word passes all of that.
 */
export function decideSwitch(request: SwitchRequest, facts: SwitchFacts, rules: SwitchRules): SwitchDecision {
  const incidents = incidentsIn(facts.guard, rules, facts.now);
  if (request.cause === "operator") return { kind: "granted", delayMs: 0, incidents };
  const beginAt = paceOf(request, facts, rules);
  if (request.kind === "lost")
    return { kind: "granted", delayMs: Math.max(0, beginAt - facts.now), incidents };
  const refusal =
    refusedByIncident(request, incidents) ??
    refusedByBudget(facts, rules) ??
    (beginAt > facts.now ? refusedByPace(beginAt, facts, rules) : undefined);
  return refusal === undefined
    ? { kind: "granted", delayMs: 0, incidents }
    : { ...refusal, kind: "refused", incidents };
}

type Refusal = Pick<Extract<SwitchDecision, { readonly kind: "refused" }>, "because" | "untilAt" | "why">;

function refusedByIncident(request: SwitchRequest, incidents: GuardFacts["open"]): Refusal | undefined {
  const incident = incidentThatHolds(incidents, request);
  if (incident === undefined) return undefined;
  return { because: "incident", untilAt: incident.untilAt, why: `${incident.why}, so nobody moves` };
}

// What an operator asked for and what was lost is no part of the account's own budget.
function refusedByBudget({ ofAccount, now }: SwitchFacts, rules: SwitchRules): Refusal | undefined {
  const planned = ofAccount.filter(({ kind, cause }) => kind === "planned" && cause !== "operator");
  const limits = [
    { most: rules.perTenMinutes, withinMs: rules.tenMinutesMs },
    { most: rules.perDay, withinMs: rules.dayMs },
  ];
  const spent = limits
    .map((limit) => ({ ...limit, untilAt: freeAt(planned, limit) }))
    .filter(({ untilAt }) => untilAt > now)
    .sort((a, b) => b.untilAt - a.untilAt)[0];
  if (spent === undefined) return undefined;
  const { most, withinMs, untilAt } = spent;
  const why = `the account may make ${most} planned ${most === 1 ? "switch" : "switches"} in ${describeDuration(withinMs)}, and has`;
  return { because: "account_budget", untilAt, why };
}

function refusedByPace(untilAt: Instant, { runningAccounts }: SwitchFacts, rules: SwitchRules): Refusal {
  const most = mostOfFleet(runningAccounts, rules);
  const running = runningAccounts === 1 ? "1 runs" : `${runningAccounts} run`;
  const [accounts, others] = most === 1 ? ["account", "another has"] : ["accounts", "others have"];
  const within = describeDuration(rules.fleetWindowMs);
  const why = `within ${within} at most ${most} ${accounts} may begin to switch while ${running}, and ${others}`;
  return { because: "fleet_pace", untilAt, why };
}

// So many accounts at a time: one that moves again does not wait for itself, which is for its own limits to make it do.
function paceOf(
  { accountId, kind }: SwitchRequest,
  { ofFleet, runningAccounts }: SwitchFacts,
  rules: SwitchRules,
): Instant {
  const share = mostOfFleet(runningAccounts, rules);
  // A small desk must not wait for minutes: nothing of a bot without an exit runs.
  const most = kind === "lost" ? Math.max(share, rules.fleetLeastLost) : share;
  const ofOthers = ofFleet.filter((permit) => permit.accountId !== accountId);
  return freeAt(ofOthers, { most, withinMs: rules.fleetWindowMs });
}

function mostOfFleet(running: number, { fleetShare }: SwitchRules): number {
  return Math.max(1, Math.floor(fleetShare * running + 1e-9));
}

// When one more fits: once the oldest of the last `most` permits is older than the window.
function freeAt(
  permits: readonly Permit[],
  { most, withinMs }: { readonly most: number; readonly withinMs: number },
): Instant {
  const [oldest] = permits
    .map(({ at }) => at)
    .sort((a, b) => b - a)
    .slice(most - 1);
  return (oldest === undefined ? 0 : oldest + withinMs) as Instant;
}
