import type { Account } from "../domain/account.ts";
import type { ProxyId } from "../domain/ids.ts";
import type { CandidateFacts } from "../domain/selection-facts.ts";
import type { Instant } from "../domain/time.ts";
import { type Outlook, type Rejection, type RejectionReason, rejectionReasons } from "./rejection.ts";

/** A candidate that was tried in this very decision and failed. */
export interface Exclusion {
  /** Words that follow the label ("refused the connection"), or a sentence that begins with it. */
  readonly why: string;
  /** `returns` when it cools and comes back, `credential` when its credential was refused, else `operator`. */
  readonly outlook: Outlook;
}

export interface EligibilityContext {
  readonly nowMs: Instant;
  readonly excluded: ReadonlyMap<ProxyId, Exclusion>;
  /** Whether the sealed credential of this proxy can be opened with the present keys. */
  readonly openable: (proxyId: ProxyId) => boolean;
}

/** The first hard filter that a candidate does not pass; undefined when it is eligible. */
export function rejectionOf(
  candidate: CandidateFacts,
  account: Account,
  context: EligibilityContext,
): Rejection | undefined {
  const found =
    operatorFilter(candidate, account) ??
    credentialFilter(candidate, context) ??
    ownerFilter(candidate, account, context) ??
    healthFilter(candidate, context.nowMs);
  return found === undefined ? undefined : rejectionFor(candidate, found);
}

/** What every hard filter has against a candidate, in the order of `rejectionOf`; nothing when it is eligible. */
export function rejectionsOf(
  candidate: CandidateFacts,
  account: Account,
  context: EligibilityContext,
): readonly Rejection[] {
  return [
    operatorFilter(candidate, account),
    credentialFilter(candidate, context),
    ownerFilter(candidate, account, context),
    healthFilter(candidate, context.nowMs),
  ].flatMap((found) => (found === undefined ? [] : [rejectionFor(candidate, found)]));
}

/** Whether an eligible candidate still has to show itself: it comes back from a cooldown or was last seen ailing. */
export function isOnProbation({ assignment, proxy }: CandidateFacts): boolean {
  const isBack = assignment.cooldownUntil !== undefined || assignment.status === "probation";
  return isBack || proxy.state === "suspect" || proxy.state === "down" || proxy.state === "drifted";
}

// The longest wait between two probes of a down proxy.
const defaultProbeDelayMs = 300_000;

interface Finding {
  readonly reason: RejectionReason;
  readonly outlook: Outlook;
  readonly words?: string | undefined;
  readonly untilAt?: Instant | undefined;
  readonly sinceAt?: Instant | undefined;
}

function rejectionFor({ proxy }: CandidateFacts, found: Finding): Rejection {
  const { reason, outlook } = found;
  return {
    proxyId: proxy.id,
    label: proxy.label,
    reason,
    outlook,
    words: found.words ?? rejectionReasons[reason],
    untilAt: found.untilAt,
    sinceAt: found.sinceAt,
  };
}

function operatorFilter({ assignment, proxy }: CandidateFacts, account: Account): Finding | undefined {
  if (account.hold !== undefined || assignment.status === "held")
    return { reason: "held", outlook: "switched_off" };
  if (!proxy.isActive || assignment.status === "disabled")
    return { reason: "disabled", outlook: "switched_off" };
  return undefined;
}

function credentialFilter({ proxy }: CandidateFacts, context: EligibilityContext): Finding | undefined {
  if (proxy.expiresAt !== undefined && proxy.expiresAt <= context.nowMs)
    return { reason: "expired", outlook: "operator" };
  if (proxy.sealed !== undefined && !context.openable(proxy.id)) {
    const { keyId } = proxy.sealed;
    const words = keyId === "" ? undefined : `${rejectionReasons.unopenable} (sealed with key ${keyId})`;
    return { reason: "unopenable", outlook: "credential", words };
  }
  if (proxy.state === "auth_failed") return { reason: "auth_failed", outlook: "credential" };
  return undefined;
}

// What the operator declared and what other accounts hold comes before health: a healthy proxy would not help here.
function ownerFilter(
  { proxy, exitHeldBy }: CandidateFacts,
  { allowedCountries }: Account,
  { excluded }: EligibilityContext,
): Finding | undefined {
  // An unknown country is refused too: the account's list would otherwise promise what nobody knows.
  if (allowedCountries.length > 0 && !allowedCountries.some((country) => country === proxy.country)) {
    const where = proxy.country === undefined ? "an unknown country" : proxy.country;
    const words = `is in ${where}, not in ${allowedCountries.join(" or ")}`;
    return { reason: "country_not_allowed", outlook: "operator", words };
  }
  const exclusion = excluded.get(proxy.id);
  if (exclusion !== undefined)
    return { reason: "excluded", outlook: exclusion.outlook, words: exclusion.why };
  if (exitHeldBy !== undefined)
    return { reason: "exit_held", outlook: "returns", words: `has its exit IP held by ${exitHeldBy}` };
  return undefined;
}

function healthFilter({ assignment, proxy }: CandidateFacts, nowMs: Instant): Finding | undefined {
  if (assignment.status === "quarantined") return { reason: "quarantined", outlook: "operator" };
  const waits = [awaitedCooldown(assignment, nowMs), awaitedProbe(proxy, nowMs)].filter(
    (wait) => wait !== undefined,
  );
  const [first] = waits;
  const endless = waits.find(({ outlook }) => outlook === "operator");
  if (first === undefined || endless !== undefined) return endless;
  const untilAt = Math.max(...waits.map((wait) => wait.untilAt ?? nowMs)) as Instant;
  return { ...first, untilAt };
}

function awaitedCooldown(
  { status, cooldownUntil }: CandidateFacts["assignment"],
  nowMs: Instant,
): Finding | undefined {
  const reason = status === "burned" ? "burned" : "cooling";
  if (cooldownUntil === undefined) return reason === "burned" ? { reason, outlook: "operator" } : undefined;
  return cooldownUntil > nowMs ? { reason, outlook: "returns", untilAt: cooldownUntil } : undefined;
}

// A down or drifted proxy is tried again once its probe is due: the proof that precedes every start is that probe.
function awaitedProbe(proxy: CandidateFacts["proxy"], nowMs: Instant): Finding | undefined {
  const { state, stateSince } = proxy;
  if (state !== "down" && state !== "drifted") return undefined;
  // A proxy that nobody scheduled a probe for must not stay down for ever; a changed exit does need somebody's eyes.
  const isDown = state === "down";
  const untilAt = proxy.nextProbeAt ?? (isDown ? ((stateSince + defaultProbeDelayMs) as Instant) : undefined);
  if (untilAt !== undefined && untilAt <= nowMs) return undefined;
  const outlook = untilAt === undefined ? "operator" : "returns";
  return { reason: state, outlook, untilAt, sinceAt: stateSince };
}
