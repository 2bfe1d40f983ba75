import type { HistoryEvent } from "../../domain/event.ts";
import type { ProxyCheck } from "../../domain/proxy/proxy-check.ts";
import type { Instant } from "../../domain/time.ts";
import type { Change } from "../../domain/verdict/change.ts";
import type { Evidence, Observer, Sighting } from "../../domain/verdict/evidence.ts";
import type { VerdictFacts } from "./facts.ts";

/** The history's line for evidence about a proxy. */
export function eventOf(
  { by }: Sighting,
  { proxy }: VerdictFacts,
  { kind, why, now }: { readonly kind: string; readonly why: string; readonly now: Instant },
): HistoryEvent {
  const message = why.startsWith(proxy.label) ? why : `${proxy.label}: ${why}`;
  return { ...witnessed(by), at: now, kind, severity: "warning", message, proxyId: proxy.id };
}

/** Who saw it, as the history says it. */
function witnessed({
  actor,
  host,
  runId,
  accountId,
}: Observer): Pick<HistoryEvent, "actor" | "host" | "runId" | "accountId"> {
  return { actor, host, runId, accountId };
}

/** The probe or proof as it came. */
export function checkOf(
  { by, evidence }: Sighting,
  { proxy, assignment }: VerdictFacts,
  at: Instant,
): Change {
  const { isOk, reason, exitIp, country } = outcomeOf(evidence);
  const tookMs = "tookMs" in evidence ? evidence.tookMs : undefined;
  const check = {
    proxyId: proxy.id,
    runId: by.runId,
    kind: kindOf(evidence, by),
    isOk,
    reason,
    latencyMs: tookMs === undefined ? undefined : Math.round(tookMs),
    exitIp,
    country,
    at,
  } as const;
  return { on: "check", check, assignmentId: assignment?.id };
}

function kindOf({ kind }: Evidence, { runId }: Observer): ProxyCheck["kind"] {
  if (kind === "probe-passed" || kind === "probe-failed") return "probe";
  return runId === undefined ? "check" : "proof";
}

type Outcome = Pick<
  Extract<Change, { readonly on: "check" }>["check"],
  "isOk" | "reason" | "exitIp" | "country"
>;

function outcomeOf(evidence: Evidence): Outcome {
  const nothing = { exitIp: undefined, country: undefined };
  switch (evidence.kind) {
    case "exit-proven": {
      const {
        exitIps: [exitIp],
        country,
      } = evidence.proof;
      return { isOk: true, reason: undefined, exitIp, country };
    }
    case "probe-passed":
      return { isOk: true, reason: undefined, ...nothing };
    case "proxy-failed":
    case "probe-failed":
      return { isOk: false, reason: evidence.failure.kind, ...nothing };
    case "exit-wrong":
      return { isOk: false, reason: evidence.why, exitIp: evidence.seen, country: evidence.country };
    default:
      return { isOk: false, reason: "why" in evidence ? evidence.why : undefined, ...nothing };
  }
}
