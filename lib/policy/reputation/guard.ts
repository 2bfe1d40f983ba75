import { anyVenue, type VenueName } from "../../domain/account.ts";
import type { GuardFacts, Incident, ScopeFacts } from "../../domain/reputation/incident.ts";
import type { SwitchRules } from "../../domain/reputation/switch-rules.ts";
import type { Instant } from "../../domain/time.ts";

/**
 * The incidents of now: those that the last seconds show, and those seen before that are not over. Every failure counts, not only
 * those of accounts that have lost their exit: a guard that waits for these speaks up once all have moved.
 */
export function incidentsIn(facts: GuardFacts, rules: SwitchRules, now: Instant): readonly Incident[] {
  const seen = seenNow(recentOnly(facts, rules, now), rules, now);
  const kept = facts.open.filter(({ untilAt }) => untilAt > now);
  const older = (one: Incident) => kept.find((each) => isSame(each, one))?.since;
  return [
    ...seen.map((one) => ({ ...one, since: older(one) ?? now })),
    ...kept.filter((one) => !seen.some((each) => isSame(each, one))),
  ];
}

/** The incident of a venue of the account, or of its host: while it lasts nobody moves. */
export function incidentThatHolds(
  incidents: readonly Incident[],
  { venues, hostKey }: { readonly venues: readonly VenueName[]; readonly hostKey: string },
): Incident | undefined {
  return incidents.find(({ kind, name }) => {
    if (kind === "host") return name === hostKey;
    return kind === "venue" && venues.some((venue) => venue === name || venue === anyVenue);
  });
}

/** The incident of a vendor: nothing that is seen of its exits counts, and none of them is chosen. */
export function incidentOfVendor(
  incidents: readonly Incident[],
  provider: string | undefined,
): Incident | undefined {
  return incidents.find(({ kind, name }) => kind === "vendor" && name === provider);
}

/** The incident of a host: what it sees of any proxy counts for nothing. */
export function incidentOfHost(incidents: readonly Incident[], hostKey: string): Incident | undefined {
  return incidents.find(({ kind, name }) => kind === "host" && name === hostKey);
}

function isSame(a: Incident, b: Incident): boolean {
  return a.kind === b.kind && a.name === b.name;
}

function recentOnly(facts: GuardFacts, { guardWindowMs }: SwitchRules, now: Instant): GuardFacts {
  const recent = (scopes: readonly ScopeFacts[]) =>
    scopes.map((scope) => ({
      ...scope,
      failing: scope.failing.filter(({ at }) => at > now - guardWindowMs),
    }));
  const { venues, vendors, host } = facts;
  return {
    ...facts,
    venues: recent(venues),
    vendors: recent(vendors),
    host: { ...host, vendors: recent(host.vendors) },
  };
}

function seenNow({ venues, vendors, host }: GuardFacts, rules: SwitchRules, now: Instant): Incident[] {
  const untilAt = (now + rules.incidentHoldMs) as Instant;
  const base = { since: now, untilAt };
  const offline = hostOffline(host.vendors, rules);
  // What a host without a network sees tells nothing of venues and vendors.
  if (offline !== undefined) return [{ ...base, kind: "host", name: host.hostKey, why: offline }];
  return [
    ...venues.filter((scope) => isOfVenue(scope, rules)).map((scope) => venueIncident(scope, base)),
    ...vendors.filter((scope) => isOfVendor(scope, rules)).map((scope) => vendorIncident(scope, base)),
  ];
}

function isOfVenue({ running, failing }: ScopeFacts, { venueShare, venueLeast }: SwitchRules): boolean {
  return exitsOf(failing) >= Math.max(venueLeast, shareOf(venueShare, running));
}

function isOfVendor({ exits, failing }: ScopeFacts, { vendorShare, vendorLeast }: SwitchRules): boolean {
  return exitsOf(failing) >= Math.max(vendorLeast, shareOf(vendorShare, exits));
}

// Of one vendor alone nobody can say whether it or this host is at fault, and one that still answers proves the network.
function hostOffline(
  vendors: readonly ScopeFacts[],
  { vendorShare, hostLeast }: SwitchRules,
): string | undefined {
  const used = vendors.filter(({ exits }) => exits > 0);
  const silent = used.filter(
    ({ exits, failing }) => exitsOf(failing) >= Math.max(1, shareOf(vendorShare, exits)),
  );
  if (silent.length < hostLeast || silent.length < used.length) return undefined;
  return `this host reaches no proxy of ${silent.map(({ name }) => name).join(" and ")}`;
}

type Times = Pick<Incident, "since" | "untilAt">;

function venueIncident({ name, running, failing }: ScopeFacts, times: Times): Incident {
  // Some of those that failed may have been stopped since.
  const of = Math.max(running, failing.length);
  const why = `${failing.length} of ${of} accounts at ${name} fail on different exits`;
  return { ...times, kind: "venue", name, why };
}

function vendorIncident({ name, exits, failing }: ScopeFacts, times: Times): Incident {
  const failed = exitsOf(failing);
  const why = `${failed} of ${Math.max(exits, failed)} exits of ${name} fail`;
  return { ...times, kind: "vendor", name, why };
}

function exitsOf(failing: ScopeFacts["failing"]): number {
  return new Set(failing.map(({ exitKey }) => exitKey)).size;
}

// 0.07 · 100 is a little more than 7 in floating point.
function shareOf(share: number, whole: number): number {
  return Math.ceil(share * whole - 1e-9);
}
