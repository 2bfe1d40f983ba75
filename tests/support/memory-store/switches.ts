import type { RunId } from "../../../lib/domain/ids.ts";
import { exitKeyOf } from "../../../lib/domain/ip.ts";
import type { RecentFailure, ScopeFacts } from "../../../lib/domain/reputation/incident.ts";
import type { SwitchFacts } from "../../../lib/domain/reputation/switch.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { SwitchReading, SwitchStore } from "../../../lib/ports/store/reputation/switch-store.ts";
import { isRenewed, launcherOf, leasesOf } from "./leases.ts";
import { keepIncident, openIncidents } from "./reputations.ts";
import { itemAt, itemsAt, replaceAt } from "./rows.ts";
import type { ExitRow, LauncherRow, Memory, StoredEvidence } from "./state.ts";

export function memorySwitches(memory: Memory): SwitchStore {
  return {
    claim: async (claim, decide) => {
      const facts = factsOf(memory, claim);
      const decision = decide(facts);
      const opened = decision.incidents.filter((incident) => keepIncident(memory, incident));
      if (decision.kind === "granted") {
        const at = instant(facts.now + decision.delayMs);
        const { accountId, kind, cause } = claim.request;
        memory.state.permits.push({ id: claim.id, accountId, kind, cause, at, outcome: undefined });
      }
      return { decision, facts, opened };
    },
    read: async (of) => factsOf(memory, of),
    finish: async (id, outcome) => {
      replaceAt(memory.state.permits, ["id", (permit) => permit.id, id], (permit) =>
        permit.outcome === undefined ? { ...permit, outcome } : permit,
      );
    },
  };
}

function factsOf(memory: Memory, { request, windows }: SwitchReading): SwitchFacts {
  const { state } = memory;
  const now = memory.now();
  const recent = recentEvidence(memory, now - windows.guardWindowMs).filter(
    ({ row }) => row.isFailure && row.accountId !== undefined,
  );
  const atVenues = recent.filter((each) => !isOfWay(each));
  const isAny = request.venues.some((venue) => venue === "any");
  const venues = [
    ...request.venues.filter((venue) => venue !== "any"),
    ...(isAny ? atVenues.flatMap(({ row }) => row.venue ?? []) : []),
  ];
  const vendors = request.provider === undefined ? [] : [request.provider];
  const { ofHost, runningAccounts } = running(memory, hostOf(memory, request.runId));
  const here = ofHost.map((row) => ({ row, provider: providerOf(memory, row) }));
  const since = (ms: number) => state.permits.filter(({ at }) => at > now - ms).map(permitOf);
  return {
    now: instant(now),
    ofAccount: since(windows.dayMs).filter(({ accountId }) => accountId === request.accountId),
    ofFleet: since(windows.fleetWindowMs),
    runningAccounts,
    guard: {
      venues: [...new Set(venues)].toSorted().flatMap((venue) =>
        whereFailing(
          venue,
          atVenues.filter(({ row }) => row.venue === venue),
          () =>
            live(memory).filter(
              (row) => row.venue === venue || (row.venue === "any" && wasSeenAt(memory, row, venue)),
            ),
        ),
      ),
      vendors: vendors.flatMap((vendor) =>
        whereFailing(
          vendor,
          recent.filter((each) => isOfWay(each) && (each.row.provider ?? "") === vendor),
          () => live(memory).filter((row) => providerOf(memory, row) === vendor),
        ),
      ),
      host: {
        hostKey: request.hostKey,
        vendors: [...new Set(here.map(({ provider }) => provider))].toSorted().map((vendor) =>
          scope(
            vendor,
            here.filter(({ provider }) => provider === vendor).map(({ row }) => row),
            recent.filter(
              (each) =>
                isOfWay(each) && (each.row.provider ?? "") === vendor && each.row.hostKey === request.hostKey,
            ),
          ),
        ),
      },
      open: openIncidents(memory),
    },
  };
}

function permitOf({ accountId, kind, cause, at }: Memory["state"]["permits"][number]) {
  return { accountId, kind, cause, at };
}

// Stored in the order of time: what is old is not looked at.
function recentEvidence({ state: { evidence } }: Memory, after: number): readonly StoredEvidence[] {
  let from = evidence.length;
  while (from > 0 && (evidence[from - 1]?.storedAt ?? 0) > after) from -= 1;
  return evidence.slice(from);
}

function live(memory: Memory): readonly ExitRow[] {
  return memory.state.exits.filter(({ runId }) => isRenewed(memory, runId));
}

// By launcher: each is asked for once whether it is renewed.
function running(memory: Memory, host: string | undefined) {
  const ofHost: ExitRow[] = [];
  let runningAccounts = 0;
  for (const row of memory.state.launchers.values()) {
    if (row.renewedAtMs <= memory.now() - 4 * row.launcher.ttlMs) continue;
    const leases = leasesOf(memory, row.launcher.id);
    runningAccounts += leases.filter(
      ({ unitKey, isRevoked }) => !isRevoked && unitKey.startsWith("bot:"),
    ).length;
    if (host !== undefined && hostOfLauncher(row) === host)
      for (const lease of leases)
        ofHost.push(...itemsAt(memory.state.exits, "run", ({ runId }) => runId, lease.runId));
  }
  return { ofHost, runningAccounts };
}

// How many run there is counted only where somebody fails.
function whereFailing(
  name: string,
  failures: readonly StoredEvidence[],
  running: () => readonly ExitRow[],
): readonly ScopeFacts[] {
  return failures.length === 0 ? [] : [scope(name, running(), failures)];
}

function scope(name: string, live: readonly ExitRow[], failures: readonly StoredEvidence[]): ScopeFacts {
  const newest = new Map<string, RecentFailure>();
  for (const { row, storedAt } of failures) {
    if (row.accountId === undefined) continue;
    const exitKey = row.exitIp === undefined ? "" : exitKeyOf(row.exitIp);
    newest.set(row.accountId, { accountId: row.accountId, exitKey, at: storedAt });
  }
  return {
    name,
    running: new Set(live.map(({ accountId }) => accountId)).size,
    exits: new Set(live.map(({ exitKey }) => exitKey)).size,
    failing: [...newest.values()],
  };
}

function isOfWay({ row }: StoredEvidence): boolean {
  return row.kind === "connect_failed" || row.kind === "credential_refused";
}

function wasSeenAt({ state, now }: Memory, { accountId }: ExitRow, venue: string): boolean {
  return itemsAt(state.evidence, "account", ({ row }) => row.accountId ?? "", accountId)
    .filter(({ storedAt }) => storedAt > now() - 600_000)
    .slice(-50)
    .some(({ row }) => row.venue === venue);
}

function providerOf({ state }: Memory, { proxyId }: ExitRow): string {
  return itemAt(state.proxies, "id", ({ id }) => id, proxyId)?.provider ?? "";
}

function hostOf(memory: Memory, runId: RunId): string | undefined {
  const lease = itemAt(memory.state.leases, "run", (row) => row.runId, runId);
  return lease && hostOfLauncher(launcherOf(memory, lease));
}

function hostOfLauncher({ launcher: { process } }: LauncherRow): string {
  return `${process.machineId} ${process.bootId}`;
}
