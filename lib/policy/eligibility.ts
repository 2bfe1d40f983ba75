import type { Account } from "../domain/account.ts";
import type { ProxyId } from "../domain/ids.ts";
import type { IpAddress } from "../domain/ip.ts";
import { type Proxy, stateOf } from "../domain/proxy/proxy.ts";
import { type ProxyHealth, worstHealth } from "../domain/proxy/proxy-health.ts";
import type { AccountFacts, CandidateFacts } from "../domain/selection/selection-facts.ts";
import type { Instant } from "../domain/time.ts";
import { type Rejection, type RejectionReason, type RetryClass, rejectionReasons } from "./rejection.ts";
import { reputationsNow, venueFindings } from "./reputation/venue-findings.ts";

/** A candidate that was tried in this very decision and failed. */
export interface Exclusion {
  /** Words that follow the label ("refused the connection"), or a sentence that begins with it. */
  readonly why: string;
  /** `returns` when it cools and comes back, `credential` when its credential was refused, else `operator`. */
  readonly retryClass: RetryClass;
  /** What ends it, with what to type, without the last full stop. */
  readonly repair?: string | undefined;
}

export interface EligibilityContext {
  readonly nowMs: Instant;
  readonly excluded: ReadonlyMap<ProxyId, Exclusion>;
  /** Whether the sealed credential of this proxy can be opened with the present keys. */
  readonly openable: (proxyId: ProxyId) => boolean;
  /** Which host asks: what others see of a proxy never refuses it here. */
  readonly hostKey: string;
}

/** The first hard filter that a candidate does not pass; undefined when it is eligible. */
export function rejectionOf(
  candidate: CandidateFacts,
  facts: AccountFacts,
  context: EligibilityContext,
): Rejection | undefined {
  const found =
    operatorFilter(candidate, facts.account) ??
    credentialFilter(candidate, context) ??
    ownerFilter(candidate, facts.account, context) ??
    healthFilter(candidate, facts, context);
  return found === undefined ? undefined : rejectionFor(candidate, found);
}

/** What every hard filter has against a candidate, in the order of `rejectionOf`; nothing when it is eligible. */
export function rejectionsOf(
  candidate: CandidateFacts,
  facts: AccountFacts,
  context: EligibilityContext,
): readonly Rejection[] {
  return [
    operatorFilter(candidate, facts.account),
    credentialFilter(candidate, context),
    ownerFilter(candidate, facts.account, context),
    healthFilter(candidate, facts, context),
  ].flatMap((found) => (found === undefined ? [] : [rejectionFor(candidate, found)]));
}

/** Whether an eligible candidate still has to show itself: it comes back from a cooldown or a burn, or was last seen ailing. */
export function isOnProbation(
  candidate: CandidateFacts,
  account: Account,
  { hostKey, nowMs }: Pick<EligibilityContext, "hostKey" | "nowMs">,
): boolean {
  const { assignment, proxy, health } = candidate;
  if (reputationsNow(candidate, account, nowMs).some(({ state }) => state === "probation")) return true;
  const isBack = assignment.cooldownUntil !== undefined || assignment.status === "probation";
  // Where this host has said nothing of a proxy, what the others say ranks it behind.
  const seen = healthAt(health, hostKey) ?? worstHealth(health);
  return isBack || proxy.state === "drifted" || (seen !== undefined && seen.state !== "up");
}

/** What one host has seen of a proxy. */
export function healthAt(health: readonly ProxyHealth[], hostKey: string): ProxyHealth | undefined {
  return health.find((row) => row.hostKey === hostKey);
}

// The longest wait between two probes of a down proxy.
const defaultProbeDelayMs = 300_000;

interface Finding {
  readonly reason: RejectionReason;
  readonly retryClass: RetryClass;
  readonly words?: string | undefined;
  readonly untilAt?: Instant | undefined;
  readonly sinceAt?: Instant | undefined;
  readonly exitIp?: IpAddress | undefined;
  readonly repair?: string | undefined;
}

function rejectionFor({ proxy }: CandidateFacts, found: Finding): Rejection {
  const { reason, retryClass } = found;
  return {
    proxyId: proxy.id,
    label: proxy.label,
    reason,
    retryClass,
    words: found.words ?? rejectionReasons[reason],
    untilAt: found.untilAt,
    sinceAt: found.sinceAt,
    exitIp: found.exitIp,
    repair: found.repair,
  };
}

function operatorFilter({ assignment, proxy }: CandidateFacts, account: Account): Finding | undefined {
  if (account.hold !== undefined) return { reason: "held", retryClass: "switched_off" };
  if (!proxy.isActive || proxy.state === "disabled")
    return { reason: "disabled", retryClass: "switched_off" };
  const { status } = assignment;
  if (status !== "held" && status !== "disabled") return undefined;
  // As the rows of an adopted database may say of the pair alone: neither the account's hold nor the proxy's switch ends that.
  const repair = `Bring it back with \`launch revive ${account.name} ${proxy.label}\``;
  return { reason: status, retryClass: "switched_off", repair };
}

function credentialFilter(
  { proxy, health }: CandidateFacts,
  context: EligibilityContext,
): Finding | undefined {
  if (stateOf(proxy, context.nowMs) === "expired") return { reason: "expired", retryClass: "operator" };
  if (proxy.sealed !== undefined && !context.openable(proxy.id)) {
    const { keyId } = proxy.sealed;
    const words = keyId === "" ? undefined : `${rejectionReasons.unopenable} (sealed with key ${keyId})`;
    return { reason: "unopenable", retryClass: "credential", words };
  }
  if (healthAt(health, context.hostKey)?.state === "auth_failed")
    return { reason: "auth_failed", retryClass: "credential" };
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
    const allowed = allowedCountries.join(" or ");
    const words =
      proxy.country === undefined
        ? `has no country on record, and the account may only leave from ${allowed}`
        : `is in ${proxy.country}, not in ${allowed}`;
    return { reason: "country_not_allowed", retryClass: "operator", words, repair: countryRepair(proxy) };
  }
  const exclusion = excluded.get(proxy.id);
  if (exclusion !== undefined)
    return {
      reason: "excluded",
      retryClass: exclusion.retryClass,
      words: exclusion.why,
      repair: exclusion.repair,
    };
  if (exitHeldBy !== undefined)
    return { reason: "exit_held", retryClass: "returns", words: `has its exit IP held by ${exitHeldBy}` };
  return undefined;
}

function countryRepair({ country, label }: Proxy): string {
  const known = country === undefined ? "Say where it is" : "If that country is wrong, correct it";
  return `${known} with \`launch proxy edit ${label} --proxy-country CODE\``;
}

function healthFilter(
  candidate: CandidateFacts,
  facts: AccountFacts,
  { nowMs, hostKey }: EligibilityContext,
): Finding | undefined {
  const { assignment, proxy, health } = candidate;
  if (assignment.status === "quarantined") return { reason: "quarantined", retryClass: "operator" };
  const waits: readonly Finding[] = [
    ...venueFindings(candidate, facts, nowMs),
    awaitedDrift(proxy, nowMs),
    awaitedProbe(healthAt(health, hostKey), nowMs),
    awaitedCooldown(assignment, nowMs),
  ].filter((wait) => wait !== undefined);
  const [first] = waits;
  const endless = waits.find(({ retryClass }) => retryClass === "operator");
  if (first === undefined || endless !== undefined) return endless;
  const untilAt = Math.max(...waits.map((wait) => wait.untilAt ?? nowMs)) as Instant;
  return { ...first, untilAt };
}

function awaitedCooldown(
  { status, cooldownUntil }: CandidateFacts["assignment"],
  nowMs: Instant,
): Finding | undefined {
  const reason = status === "burned" ? "burned" : "cooling";
  if (cooldownUntil === undefined)
    return reason === "burned" ? { reason, retryClass: "operator" } : undefined;
  return cooldownUntil > nowMs ? { reason, retryClass: "returns", untilAt: cooldownUntil } : undefined;
}

// A drifted proxy needs somebody's eyes, unless a cooldown says when it is tried again.
function awaitedDrift({ state, stateSince, nextProbeAt }: Proxy, nowMs: Instant): Finding | undefined {
  if (state !== "drifted" || (nextProbeAt !== undefined && nextProbeAt <= nowMs)) return undefined;
  const retryClass = nextProbeAt === undefined ? "operator" : "returns";
  return { reason: "drifted", retryClass, untilAt: nextProbeAt, sinceAt: stateSince };
}

// A proxy that is down is tried again once its probe is due: the proof that precedes every start is that probe. One that nobody
// scheduled a probe for must not stay down for ever.
function awaitedProbe(health: ProxyHealth | undefined, nowMs: Instant): Finding | undefined {
  if (health?.state !== "down") return undefined;
  const untilAt = health.nextProbeAt ?? ((health.since + defaultProbeDelayMs) as Instant);
  if (untilAt <= nowMs) return undefined;
  return { reason: "down", retryClass: "returns", untilAt, sinceAt: health.since };
}
