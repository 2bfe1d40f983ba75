import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { CandidateFacts } from "../../domain/selection/selection-facts.ts";
import type { Change } from "../../domain/verdict/change.ts";
import type { Evidence, Observer, Sighting } from "../../domain/verdict/evidence.ts";
import { healthAt } from "../../policy/eligibility.ts";
import { incidentOfHost, incidentOfVendor } from "../../policy/reputation/guard.ts";
import type { Guard, VerdictFacts } from "../../policy/verdict/facts.ts";
import { judge, type VerdictDecision } from "../../policy/verdict/judge.ts";
import { seenFrom, sharersOf } from "../../policy/verdict/sharers.ts";
import type { Store } from "../../ports/store/store.ts";
import type { RunContext } from "../unit/context.ts";

type BotParts = Pick<RunContext<BotRunnerSettings>, "ports" | "settings" | "recorder" | "say">;

/**
 * Reports what a run saw of a candidate. The decision comes at once, by the facts that the candidate was chosen by; the rows are read
 * anew and judged in their turn, so that what an operator wrote meanwhile wins, and a database that hangs never holds up a fail-over.
 */
export function report(
  parts: BotParts,
  candidate: CandidateFacts,
  evidence: Evidence,
  control: Guard["control"] = "unasked",
): VerdictDecision {
  const { ports, recorder } = parts;
  const now = ports.clock.now();
  const guard: Guard = { control, random01: ports.random.random01() };
  const sighting: Sighting = { by: observerOf(parts), proxy: candidate.proxy, evidence };
  const known = factsOf(candidate, sighting.by.hostKey, { sharing: [] });
  const { decision, changes } = judge(sighting, known, guard, now);
  // What changes nothing by the facts at hand may change something by newer ones, except where the evidence itself is open.
  if (changes.length === 0 && decision.kind !== "use" && decision.kind !== "go-on") return decision;
  recorder.write(async (store) => {
    const facts = await readFacts(parts, store, { ...candidate, evidence });
    if (facts === undefined) return;
    const dropped = await store.apply(judge(sighting, facts, guard, now).changes);
    for (const change of dropped) parts.say("info", droppedWords(candidate.proxy.label, change));
  });
  return decision;
}

/** Who a run is as a witness of what it sees. */
export function observerOf({ ports, settings }: Pick<BotParts, "ports" | "settings">): Observer {
  return {
    actor: "system",
    host: ports.processes.self().host,
    hostKey: ports.hostKey,
    runId: settings.runId,
    accountId: settings.accountId,
  };
}

async function readFacts(
  { ports, settings }: BotParts,
  store: Store,
  { assignment, proxy, evidence }: CandidateFacts & { readonly evidence: Evidence },
): Promise<VerdictFacts | undefined> {
  const facts = await store.accounts.facts(settings.accountId);
  const now = facts?.candidates.find((one) => one.assignment.id === assignment.id);
  if (facts === undefined || now === undefined) return undefined;
  // Only a credential that was refused says something of other proxies; a host may have very many of them. A rotation of the keys since
  // the choice made every fingerprint anew.
  const sharers =
    now.proxy.sealed !== undefined && isOfCredential(evidence)
      ? sharersOf([proxy, now.proxy], await store.proxies.list())
      : [];
  const health = sharers.length === 0 ? [] : await store.proxies.health();
  const sharing = seenFrom(ports.hostKey, sharers, health);
  const { incidents } = facts;
  const incident =
    incidentOfVendor(incidents, now.proxy.provider) ?? incidentOfHost(incidents, ports.hostKey);
  return factsOf(now, ports.hostKey, { sharing, incident });
}

function isOfCredential(evidence: Evidence): boolean {
  if (evidence.kind === "proxy-failed") return evidence.failure.kind === "auth";
  return evidence.kind === "exit-lost" && evidence.cause === "auth";
}

function factsOf(
  { proxy, assignment, health }: CandidateFacts,
  hostKey: string,
  beside: Pick<VerdictFacts, "sharing" | "incident">,
): VerdictFacts {
  return { proxy, assignment, health: healthAt(health, hostKey), ...beside };
}

function droppedWords(label: string, { on }: Change): string {
  return `the verdict on ${label} was not stored: its ${on} was changed meanwhile`;
}
