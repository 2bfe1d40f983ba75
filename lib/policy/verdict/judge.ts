import type { Incident } from "../../domain/reputation/incident.ts";
import type { Instant } from "../../domain/time.ts";
import type { Change } from "../../domain/verdict/change.ts";
import type { Evidence, Sighting } from "../../domain/verdict/evidence.ts";
import type { Exclusion } from "../eligibility.ts";
import { countsAsRefused, needsControl } from "../who-failed.ts";
import { afterBurn, afterRelease, afterTaking, failureFor, probationOver } from "./assignment-changes.ts";
import type { Guard, VerdictFacts } from "./facts.ts";
import { answered, failed, probeChanges, refused, wentWrong } from "./proxy-changes.ts";
import { checkOf, eventOf } from "./records.ts";

/** What whoever reported the evidence does next. */
export type VerdictDecision =
  | { readonly kind: "use" }
  /** One refusal may be a hiccup: ask once more before anything is said. */
  | { readonly kind: "ask-again" }
  /** `awaitsControl`: nothing is said of the proxy until something else has answered. */
  | { readonly kind: "set-aside"; readonly exclusion: Exclusion; readonly awaitsControl: boolean }
  | { readonly kind: "go-on" };

export interface Verdict {
  readonly changes: readonly Change[];
  readonly decision: VerdictDecision;
}

/**
 * The one judgement: what follows from a piece of evidence, for the rows and for whoever saw it. Everything that writes a verdict
 * goes through here. `facts` are read just before; what was seen of a proxy that was edited since says nothing of it now.
 */
export function judge(sighting: Sighting, facts: VerdictFacts, guard: Guard, now: Instant): Verdict {
  const decision = decide(sighting.evidence, guard);
  const isOpen = decision.kind === "ask-again" || (decision.kind === "set-aside" && decision.awaitsControl);
  if (isOpen) return { changes: [], decision };
  const isStale = facts.proxy.revision !== sighting.proxy.revision;
  return { changes: changesFor(sighting, facts, guard, { now, isStale }), decision };
}

function decide(evidence: Evidence, { control }: Guard): VerdictDecision {
  switch (evidence.kind) {
    case "exit-proven":
      return { kind: "use" };
    case "proxy-failed":
    case "probe-failed": {
      const { failure, refusals } = evidence;
      // What only an operator's setting mends is nobody's hiccup.
      if (failure.remedy !== undefined) return setAside(failure.message, "operator");
      if (failure.kind === "auth" && !countsAsRefused(refusals)) return { kind: "ask-again" };
      const retryClass = failure.kind === "auth" ? "credential" : "returns";
      const awaitsControl = control === "unasked" && needsControl(failure);
      return { kind: "set-aside", exclusion: { why: failure.message, retryClass }, awaitsControl };
    }
    case "exit-wrong":
      return setAside(`shows the wrong exit: ${evidence.why}`, "operator");
    case "witnesses-unclear":
      return setAside(`could not be proven: ${evidence.why}`, "returns");
    case "unseen-inside":
      return setAside(`is not seen from inside the bot's network: ${evidence.why}`, "returns");
    default:
      return { kind: "go-on" };
  }
}

function setAside(why: string, retryClass: Exclusion["retryClass"]): VerdictDecision {
  return { kind: "set-aside", exclusion: { why, retryClass }, awaitsControl: false };
}

function changesFor(
  sighting: Sighting,
  facts: VerdictFacts,
  guard: Guard,
  { now, isStale }: { readonly now: Instant; readonly isStale: boolean },
): readonly Change[] {
  const { evidence } = sighting;
  switch (evidence.kind) {
    case "exit-taken":
      return afterTaking(facts, now);
    case "exit-clean":
      return probationOver(facts, now);
    case "exit-released":
      return afterRelease(facts, evidence.cleanMs, now);
    case "exit-burned":
      return afterBurn(facts, evidence, now);
    case "operator-changed": {
      const kind = evidence.isRotation ? "proxy.rotated" : "proxy.operator_change";
      return [{ on: "history", event: eventOf(sighting, facts, { kind, why: evidence.why, now }) }];
    }
    case "unseen-inside":
      return [
        {
          on: "history",
          event: eventOf(sighting, facts, { kind: "proxy.unseen_inside", why: evidence.why, now }),
        },
      ];
    case "exit-lost":
      if (facts.incident !== undefined && evidence.cause !== "drift")
        return excused(sighting, facts, facts.incident, now);
      return isStale ? [] : lossChanges(sighting, facts, evidence, { guard, now });
    case "witnesses-unclear":
      return isStale ? [] : [checkOf(sighting, facts, now)];
    case "exit-proven":
      return isStale ? [] : [checkOf(sighting, facts, now), ...answered(sighting, facts, evidence, now)];
    case "exit-wrong":
      return isStale
        ? []
        : [
            checkOf(sighting, facts, now),
            ...lossChanges(
              sighting,
              facts,
              { cause: "drift", why: evidence.why, cleanMs: 0 },
              { guard, now },
            ),
          ];
    case "proxy-failed":
      return isStale ? [] : failureChanges(sighting, facts, evidence, { guard, now });
    case "probe-passed":
    case "probe-failed":
      return isStale ? [] : probeChanges(sighting, facts, evidence, { guard, now });
    default:
      return evidence satisfies never;
  }
}

interface Moment {
  readonly guard: Guard;
  readonly now: Instant;
}

// What this host cannot do, and what fails while nothing else answers, is told and marks nobody.
function failureChanges(
  sighting: Sighting,
  facts: VerdictFacts,
  { failure }: Extract<Evidence, { readonly kind: "proxy-failed" }>,
  moment: Moment,
): readonly Change[] {
  const { now, guard } = moment;
  const isLocal = failure.scope === "host" || (needsControl(failure) && guard.control === "silent");
  if (isLocal)
    return [
      { on: "history", event: eventOf(sighting, facts, { kind: "host.failed", why: failure.message, now }) },
    ];
  // A setting that an operator mends costs nothing: the proxy must not cool for an hour after it was mended.
  if (failure.remedy !== undefined) return [checkOf(sighting, facts, now)];
  if (facts.incident !== undefined)
    return [checkOf(sighting, facts, now), ...excused(sighting, facts, facts.incident, now)];
  const cause = failure.kind === "auth" ? "auth" : "transport";
  return [
    checkOf(sighting, facts, now),
    ...lossChanges(sighting, facts, { cause, why: failure.message, cleanMs: 0 }, moment),
  ];
}

// Many fail at once, and this proxy has to answer for none of it: it neither cools nor counts as down.
function excused(
  sighting: Sighting,
  facts: VerdictFacts,
  { kind, name, why: seen }: Incident,
  now: Instant,
): readonly Change[] {
  const why = `is not blamed, because ${kind === "host" ? "this host" : name} has an incident: ${seen}`;
  return [{ on: "history", event: eventOf(sighting, facts, { kind: "proxy.excused", why, now }) }];
}

interface Loss {
  readonly cause: "transport" | "auth" | "drift";
  readonly why: string;
  readonly cleanMs: number;
}

// A refused credential may be the vendor's list of allowed addresses: it costs this host the proxy, and the assignment nothing.
function lossChanges(
  sighting: Sighting,
  facts: VerdictFacts,
  { cause, why, cleanMs }: Loss,
  { guard, now }: Moment,
): readonly Change[] {
  if (cause === "auth") return refused(sighting, facts, why, now);
  const failure = failureFor(facts, { cleanMs, random01: guard.random01, now });
  const untilAt = failure?.next.cooldownUntil;
  const rest =
    cause === "drift"
      ? wentWrong(sighting, facts, { why, untilAt }, now)
      : failed(sighting, facts, { why, untilAt }, now);
  return failure === undefined ? rest : [failure, ...rest];
}
