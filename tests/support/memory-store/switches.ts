import type { RunId } from "../../../lib/domain/ids.ts";
import { exitKeyOf } from "../../../lib/domain/ip.ts";
import type { RecentFailure, ScopeFacts } from "../../../lib/domain/reputation/incident.ts";
import type { SwitchFacts } from "../../../lib/domain/reputation/switch.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { SwitchReading, SwitchStore } from "../../../lib/ports/store/reputation/switch-store.ts";
import { isRenewed, launcherOf } from "./leases.ts";
import { keepIncident, openIncidents } from "./reputations.ts";
import { itemAt, itemsAt, replaceAt } from "./rows.ts";
import type { ExitRow, Memory, StoredEvidence } from "./state.ts";

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
  const permits = state.permits.map(({ accountId, kind, cause, at }) => ({ accountId, kind, cause, at }));
  const live = state.exits.filter(({ runId }) => isRenewed(memory, runId));
  const recent = state.evidence.filter(
    ({ row, storedAt }) =>
      row.isFailure && row.accountId !== undefined && storedAt > now - windows.guardWindowMs,
  );
  const atVenues = recent.filter((each) => !isOfWay(each));
  const isAny = request.venues.some((venue) => venue === "any");
  const venues = [
    ...request.venues.filter((venue) => venue !== "any"),
    ...(isAny ? atVenues.flatMap(({ row }) => row.venue ?? []) : []),
  ];
  const vendors = request.provider === undefined ? [] : [request.provider];
  const own = hostOf(memory, request.runId);
  const here = live.filter(({ runId }) => own !== undefined && hostOf(memory, runId) === own);
  return {
    now: instant(now),
    ofAccount: permits.filter(
      ({ accountId, at }) => accountId === request.accountId && at > now - windows.dayMs,
    ),
    ofFleet: permits.filter(({ at }) => at > now - windows.fleetWindowMs),
    runningAccounts: state.leases.filter(
      ({ unitKey, isRevoked, runId }) => unitKey.startsWith("bot:") && !isRevoked && isRenewed(memory, runId),
    ).length,
    guard: {
      venues: [...new Set(venues)]
        .toSorted()
        .map((venue) =>
          scope(
            venue,
            live.filter(
              (row) => row.venue === venue || (row.venue === "any" && wasSeenAt(memory, row, venue)),
            ),
            atVenues.filter(({ row }) => row.venue === venue),
          ),
        )
        .filter(({ failing }) => failing.length > 0),
      vendors: vendors
        .map((vendor) =>
          scope(
            vendor,
            live.filter((row) => providerOf(memory, row) === vendor),
            recent.filter((each) => isOfWay(each) && (each.row.provider ?? "") === vendor),
          ),
        )
        .filter(({ failing }) => failing.length > 0),
      host: {
        hostKey: request.hostKey,
        vendors: [...new Set(here.map((row) => providerOf(memory, row)))].toSorted().map((vendor) =>
          scope(
            vendor,
            here.filter((row) => providerOf(memory, row) === vendor),
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
  if (lease === undefined) return undefined;
  const { machineId, bootId } = launcherOf(memory, lease).launcher.process;
  return `${machineId} ${bootId}`;
}
