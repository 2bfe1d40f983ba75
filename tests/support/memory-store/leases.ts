import type { VenueName } from "../../../lib/domain/account.ts";
import type { AccountId, RunId } from "../../../lib/domain/ids.ts";
import { exitKeyOf } from "../../../lib/domain/ip.ts";
import { accountResource, collectorResource, type Lease } from "../../../lib/domain/run/lease.ts";
import type { Run } from "../../../lib/domain/run/run.ts";
import { instant } from "../../../lib/domain/time.ts";
import { StoreError } from "../../../lib/errors.ts";
import type {
  ExitLeaseAttempt,
  ExitLeaseRequest,
  LeaseAttempt,
  LeaseRequest,
  LeaseStore,
} from "../../../lib/ports/store/lease-store.ts";
import type { ExitRow, Memory } from "./state.ts";

export function memoryLeases(memory: Memory): LeaseStore {
  return {
    acquire: async (request) => acquire(memory, request),
    renew: async (launcherId, leases) => {
      const renewed = leases.filter((lease) => renewOne(memory, launcherId, lease));
      const runs = new Set(renewed.map(({ runId }) => runId));
      memory.state.exits = memory.state.exits.map((row) =>
        row.owner.launcherId === launcherId && runs.has(row.owner.runId)
          ? { ...row, beat: nextExitBeat(memory), renewedAtMs: memory.now() }
          : row,
      );
      return renewed.map(({ resource }) => resource).toSorted();
    },
    release: async (runId, resource) => {
      const row = memory.state.leases.get(resource);
      if (row?.owner?.runId !== runId) return;
      memory.state.leases.set(resource, { ...row, owner: undefined, token: row.token + 1 });
      memory.state.exits = memory.state.exits.filter(({ owner }) => owner.runId !== runId);
    },
    takeExit: async (request) => takeExit(memory, request),
    releaseExit: async ({ runId, token }) => {
      memory.state.exits = memory.state.exits.filter((row) => row.owner.runId !== runId || row.token > token);
    },
    holder: async (resource) => {
      const row = memory.state.leases.get(resource);
      if (row?.owner === undefined) return undefined;
      return { ...row.owner, token: row.token, beat: row.beat, ttlMs: row.ttlMs };
    },
  };
}

/** Whether a held exit stands in the way of an account. */
export function conflicts(
  held: ExitRow,
  wish: {
    readonly accountId: AccountId;
    readonly groupName: string | undefined;
    readonly venues: readonly VenueName[];
  },
): boolean {
  const isShared = held.groupName !== undefined && held.groupName === wish.groupName;
  const isSameVenue =
    held.venue === "any" || wish.venues.some((venue) => venue === "any" || venue === held.venue);
  return held.accountId !== wish.accountId && !isShared && isSameVenue;
}

function acquire(memory: Memory, { resource, owner, ttlMs, seen }: LeaseRequest): LeaseAttempt {
  const row = memory.state.leases.get(resource);
  const isOurs = row?.owner?.runId === owner.runId;
  const isAsSeen = seen !== undefined && row?.token === seen.token && row.beat === seen.beat;
  if (row?.owner !== undefined && !isOurs && !isAsSeen) {
    const { token, beat } = row;
    return { kind: "busy", owner: row.owner, seen: { token, beat }, ttlMs: row.ttlMs };
  }
  const token = (row?.token ?? 0) + (isOurs ? 0 : 1);
  const beat = (row?.beat ?? 0) + 1;
  memory.state.leases.set(resource, { owner, token, beat, ttlMs, renewedAtMs: memory.now() });
  endAbandonedRuns(memory, resource, owner.runId);
  return { kind: "held", lease: { resource, runId: owner.runId, token, ttlMs } };
}

function endAbandonedRuns(memory: Memory, resource: string, holder: RunId): void {
  const { state } = memory;
  const holders = new Set([...state.leases.values()].map(({ owner }) => owner?.runId));
  const isAbandoned = ({ id, unit, endedAt }: Run): boolean => {
    const ofUnit = unit.kind === "bot" ? accountResource(unit.accountId) : collectorResource(unit.name);
    return ofUnit === resource && id !== holder && !holders.has(id) && endedAt === undefined;
  };
  const end = { phase: "ended", endedBy: "launcher", reason: "another run took its lease" } as const;
  const endedAt = instant(memory.now());
  const over = new Set(state.runs.filter(isAbandoned).map(({ id }) => id));
  state.runs = state.runs.map((run) => (over.has(run.id) ? { ...run, ...end, endedAt } : run));
  state.exitUses = state.exitUses.map((use) =>
    over.has(use.runId) ? { ...use, until: use.until ?? endedAt } : use,
  );
}

function renewOne(memory: Memory, launcherId: string, { resource, runId, token }: Lease): boolean {
  const row = memory.state.leases.get(resource);
  const isOurs = row?.owner?.runId === runId && row.owner.launcherId === launcherId && row.token === token;
  if (row === undefined || !isOurs) return false;
  memory.state.leases.set(resource, { ...row, beat: row.beat + 1, renewedAtMs: memory.now() });
  return true;
}

function takeExit(memory: Memory, request: ExitLeaseRequest): ExitLeaseAttempt {
  const { state } = memory;
  const { owner, accountId, groupName, venues, ttlMs, seen } = request;
  const resource = accountResource(accountId);
  if (state.leases.get(resource)?.owner?.runId !== owner.runId) {
    throw new StoreError("LAUNCH_LEASE_LOST", `Run ${owner.runId} does not hold ${resource}.`);
  }
  const exitKey = exitKeyOf(request.exitIp);
  const inTheWay = state.exits.filter((row) => row.exitKey === exitKey && conflicts(row, request));
  const alive = inTheWay.filter((row) => seen.get(row.owner.runId) !== row.beat);
  if (alive.length > 0)
    return { kind: "conflict", holders: alive.toSorted(byVenue).map((row) => holderOf(memory, row)) };

  freeLeases(memory, new Set(inTheWay.map((row) => row.owner.runId)));
  const beat = nextExitBeat(memory);
  const isOver = (row: ExitRow) =>
    row.accountId === accountId && (row.exitKey === exitKey || row.owner.runId !== owner.runId);
  const renewedAtMs = memory.now();
  const taken = [...new Set(venues)].map(
    (venue): ExitRow => ({
      exitKey,
      venue,
      accountId,
      groupName,
      owner,
      token: beat,
      beat,
      ttlMs,
      renewedAtMs,
    }),
  );
  state.exits = [...state.exits.filter((row) => !inTheWay.includes(row) && !isOver(row)), ...taken];
  return { kind: "taken", lease: { runId: owner.runId, token: beat } };
}

function freeLeases({ state }: Memory, runs: ReadonlySet<RunId>): void {
  for (const [resource, row] of state.leases) {
    if (row.owner !== undefined && runs.has(row.owner.runId)) {
      state.leases.set(resource, { ...row, owner: undefined, token: row.token + 1 });
    }
  }
}

function nextExitBeat({ state }: Memory): number {
  state.exitBeats += 1;
  return state.exitBeats;
}

function byVenue(left: ExitRow, right: ExitRow): number {
  return left.venue < right.venue || (left.venue === right.venue && left.accountId < right.accountId)
    ? -1
    : 1;
}

function holderOf({ state }: Memory, row: ExitRow) {
  const accountName = state.accounts.find(({ id }) => id === row.accountId)?.name ?? row.accountId;
  return { accountName, venue: row.venue, owner: row.owner, beat: row.beat, ttlMs: row.ttlMs };
}
