import { isDeepStrictEqual } from "node:util";
import type { VenueName } from "../../../lib/domain/account.ts";
import type { AccountId, LauncherId, RunId } from "../../../lib/domain/ids.ts";
import { exitKeyOf } from "../../../lib/domain/ip.ts";
import type { LeaseHolder, LeaseSlot, SeenLease } from "../../../lib/domain/run/lease.ts";
import type { Run } from "../../../lib/domain/run/run.ts";
import { botKey, type UnitKey, unitKeyOf } from "../../../lib/domain/run/unit-key.ts";
import { instant } from "../../../lib/domain/time.ts";
import { StoreError } from "../../../lib/errors.ts";
import type { LauncherStore } from "../../../lib/ports/store/launcher-store.ts";
import type {
  ExitLeaseAttempt,
  ExitLeaseRequest,
  LeaseAttempt,
  LeaseRequest,
  LeaseStore,
  Settling,
} from "../../../lib/ports/store/lease-store.ts";
import { itemAt, itemsAt, replaceAt, without } from "./rows.ts";
import { beginRow } from "./runs.ts";
import { type ExitRow, free, type LeaseRow, type Memory } from "./state.ts";

export function memoryLaunchers(memory: Memory): LauncherStore {
  return {
    register: async (launcher) => {
      if (memory.state.launchers.has(launcher.id)) return;
      memory.state.launchers.set(launcher.id, {
        launcher,
        renewals: 1,
        renewedAtMs: memory.now(),
        isEnded: false,
      });
    },
    renew: async (id) => {
      const row = memory.state.launchers.get(id);
      if (row === undefined || row.isEnded) return undefined;
      memory.state.launchers.set(id, { ...row, renewals: row.renewals + 1, renewedAtMs: memory.now() });
      const held = leasesOf(memory, id).filter(({ isRevoked }) => !isRevoked);
      const exits = new Map<RunId, number>();
      for (const lease of held)
        for (const { runId, token } of itemsAt(memory.state.exits, "run", (exit) => exit.runId, lease.runId))
          exits.set(runId, Math.max(token, exits.get(runId) ?? 0));
      return { tokens: held.map(({ token }) => token), exits: [...exits.values()] };
    },
    tidy: async (id, tokens, runs) => {
      const isUnknown = (row: LeaseRow) => tokens.includes(row.token) && !runs.includes(row.runId);
      const unknown = leasesOf(memory, id).filter(isUnknown);
      const unheard = unknown
        .flatMap(({ runId }) => itemsAt(memory.state.runs, "id", (run) => run.id, runId))
        .filter((run) => run.endedAt === undefined && run.phase === "starting");
      endAll(memory, unheard, "its launcher never heard that it had begun");
      return free(memory, unknown);
    },
    update: async (id, change) => {
      const row = memory.state.launchers.get(id);
      if (row === undefined) return;
      memory.state.launchers.set(id, { ...row, launcher: { ...row.launcher, ...change } });
    },
    tellIdle: async (id, told) => {
      const row = memory.state.launchers.get(id);
      if (row !== undefined) memory.state.launchers.set(id, { ...row, told });
    },
    otherChoices: async ({ process: { host, machineId }, choices }) =>
      [...memory.state.launchers.values()]
        .map(({ launcher }) => launcher)
        .filter(({ process }) => process.host === host && process.machineId === machineId)
        .filter((other) => !isDeepStrictEqual(other.choices, choices))
        .map((other) => ({ folder: other.folder, choices: other.choices })),
    present: async () =>
      [...memory.state.launchers.values()].flatMap(
        ({ launcher, isEnded, renewedAtMs, told = { standingBy: [], idle: [] } }) =>
          isEnded || memory.now() - renewedAtMs > launcher.ttlMs
            ? []
            : [{ process: launcher.process, operatorSocket: launcher.operatorSocket, ...told }],
      ),
    end: async (id) => {
      const row = memory.state.launchers.get(id);
      if (row !== undefined) memory.state.launchers.set(id, { ...row, isEnded: true });
    },
  };
}

export function memoryLeases(memory: Memory): LeaseStore {
  return {
    acquire: async (request) => acquire(memory, request),
    holders: async (unitKeys) =>
      new Map(
        unitKeys.flatMap((unitKey) => {
          const row = rowAt(memory, { unitKey, instance: "" });
          if (row === undefined) return [];
          const run = itemAt(memory.state.runs, "id", ({ id }) => id, row.runId);
          return [[row.unitKey, { ...holderOf(memory, row), isRunning: run?.phase === "running" }] as const];
        }),
      ),
    release: async (runId, launcherId) => {
      free(
        memory,
        leasesOfRun(memory, runId).filter((row) => row.launcherId === launcherId),
      );
    },
    revoke: async (slot) => {
      const row = rowAt(memory, slot);
      if (row === undefined || row.isRevoked) return false;
      replace(memory, row, { ...row, isRevoked: true, token: nextToken(memory) });
      return true;
    },
    free: async (slot, seen) => {
      const row = rowAt(memory, slot);
      return row !== undefined && isOver(memory, row, seen) && free(memory, [row]) > 0;
    },
    takeExit: async (request) => takeExit(memory, request),
    releaseExit: async ({ runId, token }) => {
      memory.state.exits = without(memory.state.exits, (row) => row.runId === runId && row.token <= token);
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

/** What the launcher of a lease says of itself; a lease never outlives that row. */
export function launcherOf({ state }: Memory, { launcherId }: Pick<LeaseRow, "launcherId">) {
  const row = state.launchers.get(launcherId);
  if (row === undefined) throw new Error("a lease outlived its launcher's row");
  return row;
}

/** Whether a run's lease still counts for others: what no launcher has renewed for four TTLs is nobody's any more. */
export function isRenewed(memory: Memory, runId: RunId): boolean {
  const [lease] = leasesOfRun(memory, runId);
  if (lease === undefined) return false;
  const { launcher, renewedAtMs } = launcherOf(memory, lease);
  return renewedAtMs > memory.now() - 4 * launcher.ttlMs;
}

function acquire(memory: Memory, request: LeaseRequest): LeaseAttempt {
  const { unitKey, instance, runId, launcherId, seen, begins } = request;
  const row = rowAt(memory, request);
  if (memory.state.launchers.get(launcherId)?.isEnded !== false) return { kind: "unregistered" };
  const unsettled = settlingOf(memory, request.settledEra);
  if (unsettled !== undefined && (row === undefined || row.runId === runId || seen !== undefined))
    return unsettled;
  const isOurs = row?.runId === runId && row.launcherId === launcherId && !row.isRevoked;
  if (row !== undefined && !isOurs && (row.runId === runId || !isOver(memory, row, seen)))
    return { kind: "busy", holder: holderOf(memory, row) };
  const token = isOurs ? row.token : nextToken(memory);
  const lease = { unitKey, instance, runId, launcherId, token };
  if (!isOurs) {
    if (row !== undefined) free(memory, [row]);
    memory.state.leases.push({ ...lease, acquiredAt: instant(memory.now()), isRevoked: false });
  }
  if (instance === "") endAbandonedRuns(memory, request);
  if (begins !== undefined && itemAt(memory.state.runs, "id", ({ id }) => id, begins.id) === undefined)
    beginRow(memory, begins);
  return { kind: "held", lease };
}

function endAbandonedRuns(memory: Memory, { unitKey, runId }: LeaseRequest): void {
  const ofUnit = itemsAt(memory.state.runs, "unit", ({ unit }) => unitKeyOf(unit), unitKey);
  const isAbandoned = ({ id, endedAt }: Run): boolean =>
    endedAt === undefined && id !== runId && leasesOfRun(memory, id).length === 0;
  endAll(memory, ofUnit.filter(isAbandoned), "another run took its lease");
}

function endAll({ state, now }: Memory, over: readonly Run[], reason: string): void {
  const endedAt = instant(now());
  const end = { phase: "ended", endedBy: "launcher", reason, endedAt } as const;
  for (const { id } of over) {
    replaceAt(state.runs, ["id", (run) => run.id, id], (run) => ({ ...run, ...end }));
    replaceAt(state.exitUses, ["run", (use) => use.runId, id], (use) => ({
      ...use,
      until: use.until ?? endedAt,
    }));
  }
}

function takeExit(memory: Memory, request: ExitLeaseRequest): ExitLeaseAttempt {
  const { state } = memory;
  const { runId, accountId, groupName, venues, proxyId, seen } = request;
  const own = rowAt(memory, { unitKey: botKey(accountId), instance: "" });
  if (own?.runId !== runId || own.isRevoked)
    throw new StoreError("LAUNCH_LEASE_LOST", `Run ${runId} does not hold ${botKey(accountId)}.`);
  const unsettled = settlingOf(memory, request.settledEra);
  if (unsettled !== undefined) return unsettled;
  const keys = request.exitIps.map(exitKeyOf);
  const inTheWay = [...new Set(keys)]
    .flatMap((key) => itemsAt(state.exits, "exit", ({ exitKey }) => exitKey, key))
    .filter((row) => conflicts(row, request));
  const leaseOf = (exit: ExitRow) => leaseOfRun(memory, exit.runId);
  const alive = inTheWay.filter((exit) => !isOver(memory, leaseOf(exit), seen.get(exit.runId)));
  if (alive.length > 0) {
    const holders = alive.toSorted(byVenue).map((exit) => ({
      ...holderOf(memory, leaseOf(exit)),
      accountName: itemAt(state.accounts, "id", ({ id }) => id, exit.accountId)?.name ?? exit.accountId,
      exitKey: exit.exitKey,
      venue: exit.venue,
    }));
    return { kind: "conflict", holders };
  }
  const losers = new Set(inTheWay.map((exit) => exit.runId));
  free(
    memory,
    [...losers].flatMap((loser) => leasesOfRun(memory, loser)),
  );
  const token = nextToken(memory);
  const taken = [...new Set(venues)].flatMap((venue) =>
    keys.map((exitKey): ExitRow => ({ exitKey, venue, accountId, groupName, proxyId, runId, token })),
  );
  const isReplaced = (exit: ExitRow) => exit.accountId === accountId && keys.includes(exit.exitKey);
  if (keys.some((key) => itemsAt(state.exits, "exit", ({ exitKey }) => exitKey, key).some(isReplaced)))
    state.exits = without(state.exits, isReplaced);
  state.exits.push(...taken);
  return { kind: "taken", lease: { runId, token } };
}

function replace({ state }: Memory, row: LeaseRow, next: LeaseRow): void {
  state.leases[state.leases.indexOf(row)] = next;
}

function rowAt({ state }: Memory, slot: LeaseSlot): LeaseRow | undefined {
  return itemsAt(state.leases, "unit", ({ unitKey }) => unitKey, slot.unitKey).find((row) =>
    isSlot(row, slot),
  );
}

function leaseOfRun({ state }: Memory, runId: RunId): LeaseRow {
  const row = itemAt(state.leases, "run", (each) => each.runId, runId);
  if (row === undefined) throw new Error("an exit outlived its run's lease");
  return row;
}

function leasesOfRun({ state }: Memory, runId: RunId): readonly LeaseRow[] {
  return itemsAt(state.leases, "run", (row) => row.runId, runId);
}

/** What a launcher holds. */
export function leasesOf({ state }: Memory, launcher: LauncherId): readonly LeaseRow[] {
  return itemsAt(state.leases, "launcher", ({ launcherId }) => launcherId, launcher);
}

function isSlot(row: LeaseSlot, { unitKey, instance }: LeaseSlot): boolean {
  return row.unitKey === unitKey && row.instance === instance;
}

function isOver(memory: Memory, row: LeaseRow, seen: SeenLease | undefined): boolean {
  if (seen?.token !== row.token) return false;
  return row.isRevoked || seen.renewals === launcherOf(memory, row).renewals;
}

function holderOf(memory: Memory, row: LeaseRow): LeaseHolder {
  const { launcher, renewals } = launcherOf(memory, row);
  const { runId, launcherId, token, isRevoked } = row;
  return {
    owner: { runId, launcherId, launcher: launcher.process },
    seen: { token, renewals },
    isRevoked,
    ttlMs: launcher.ttlMs,
  };
}

// The era leads: a standby that takes over may have forgotten how far the tokens came.
function nextToken({ state }: Memory): number {
  state.lastToken += 1;
  return state.era * 2 ** 40 + state.lastToken;
}

/** What the database says where no launcher is known. */
const defaultTtlMs = 15_000;

// After a fail-over nothing is taken until one taker has watched the era for a whole TTL.
function settlingOf({ state }: Memory, settledEra: number | undefined): Settling | undefined {
  if (!state.isSettled && settledEra === state.era) state.isSettled = true;
  if (state.isSettled) return undefined;
  const ttls = [...state.launchers.values()].map(({ launcher }) => launcher.ttlMs);
  return { kind: "settling", era: state.era, ttlMs: Math.max(...ttls, 0) || defaultTtlMs };
}

function byVenue(left: ExitRow, right: ExitRow): number {
  return left.venue < right.venue || (left.venue === right.venue && left.accountId < right.accountId)
    ? -1
    : 1;
}

/** The run that holds a unit; undefined when nobody does. */
export function runHolding(memory: Memory, unitKey: UnitKey, instance = ""): RunId | undefined {
  return rowAt(memory, { unitKey, instance })?.runId;
}
