import type { HistoryEvent } from "../../../lib/domain/event.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { exitKeyOf } from "../../../lib/domain/ip.ts";
import type { Run } from "../../../lib/domain/run/run.ts";
import type { Instant } from "../../../lib/domain/time.ts";
import type { HistoryStore } from "../../../lib/ports/store/history-store.ts";
import type { ExitUseFilter, LiveRun, RunStore, UsedExit } from "../../../lib/ports/store/run-store.ts";
import { byText, itemAt, itemsAt, replaceAt } from "./rows.ts";
import { free, type Memory } from "./state.ts";

export function memoryRuns(memory: Memory): RunStore {
  return {
    begin: async (run) => beginRow(memory, run),
    update: async (id, change) => {
      replaceAt(memory.state.runs, ["id", (run) => run.id, id], (run) =>
        run.endedAt === undefined ? ({ ...run, ...change } as Run) : run,
      );
    },
    end: async (id, { at, by, exitCode, reason, givenBackBy, told }) => {
      if (givenBackBy !== undefined)
        free(
          memory,
          itemsAt(memory.state.leases, "run", ({ runId }) => runId, id).filter(
            ({ launcherId }) => launcherId === givenBackBy,
          ),
        );
      const isTold = itemsAt(memory.state.events, "run", ({ event }) => event.runId ?? "", id).some(
        ({ event }) => event.at === told?.at && event.kind === told.kind,
      );
      if (isTold) return;
      replaceAt(memory.state.runs, ["id", (run) => run.id, id], (run) =>
        run.endedAt === undefined
          ? { ...run, phase: "ended" as const, endedAt: at, endedBy: by, exitCode, reason }
          : run,
      );
      closeUse(memory, id, at);
      if (told !== undefined) append(memory, told);
    },
    live: async () => {
      const live = memory.state.runs.filter((run) => run.endedAt === undefined);
      return live.toSorted(byUnit).map((run) => describeLive(memory, run));
    },
    lastEnded: async () => {
      const live = new Set(memory.state.runs.filter((run) => run.endedAt === undefined).map(unitKey));
      const newest = new Map<string, Run>();
      for (const run of memory.state.runs.toSorted((a, b) => a.startedAt - b.startedAt)) {
        if (!live.has(unitKey(run))) newest.set(unitKey(run), run);
      }
      return [...newest.values()].toSorted(byUnit);
    },
    openExitUse: async (use) => {
      memory.state.exitUses.push({ ...use, until: undefined });
    },
    exitUses: async (filter) => listUses(memory, filter),
    closeExitUse: async (runId, at) => closeUse(memory, runId, at),
  };
}

/** Adds the row of a run. */
export function beginRow({ state }: Memory, run: Run): void {
  const { host, pid } = run.launcher;
  state.runs.push({ ...run, launcher: { host, pid } });
}

export function memoryHistory(memory: Memory): HistoryStore {
  return {
    keep: async (days) => keepHistory(memory, days),
    append: async (event) => append(memory, event),
    appendMany: async (events) => {
      for (const event of events) append(memory, event);
    },
    list: async ({ unitName, unitKind, kind, since, until, afterId = 0, limit }) =>
      memory.state.events
        .map((entry, index) => ({ event: { ...entry.event, unitName: entry.unitName, id: index + 1 } }))
        .filter(({ event }) => unitName === undefined || event.unitName === unitName)
        .filter(
          ({ event }) =>
            unitKind === undefined || (event.accountId === undefined) === (unitKind === "collector"),
        )
        .filter(({ event }) => kind === undefined || event.kind === kind)
        .filter(({ event }) => (since === undefined || event.at >= since) && event.id > afterId)
        .filter(({ event }) => until === undefined || event.at <= until)
        .toReversed()
        .slice(0, limit)
        .map(({ event }) => event),
  };
}

function append(memory: Memory, event: HistoryEvent): void {
  const { accountId, runId, collectorName } = event;
  const unitName =
    accountId === undefined
      ? (collectorName ?? itemAt(memory.state.runs, "id", ({ id }) => id, runId ?? "")?.unit.name)
      : itemAt(memory.state.accounts, "id", ({ id }) => id, accountId)?.name;
  memory.state.events.push({ event, unitName });
  if (memory.state.alertChannels.size > 0)
    memory.state.inbox.push({ event, unitName, id: memory.state.events.length });
}

function closeUse({ state }: Memory, id: RunId, at: Instant): void {
  replaceAt(state.exitUses, ["run", (use) => use.runId, id], (use) =>
    use.until === undefined ? { ...use, until: at } : use,
  );
}

function listUses(
  { state }: Memory,
  { accountId, proxyId, exitKey, at, since, limit }: ExitUseFilter,
): readonly UsedExit[] {
  return state.exitUses
    .flatMap(({ exitIps, venues, ...use }) => {
      const run = state.runs.find(({ id }) => id === use.runId);
      const accountName =
        run?.unit.name ?? state.accounts.find(({ id }) => id === use.accountId)?.name ?? use.accountId;
      const proxyLabel = state.proxies.find(({ id }) => id === use.proxyId)?.label;
      const until = use.until ?? run?.endedAt;
      return exitIps.map((exitIp) => ({
        ...use,
        accountName,
        proxyLabel,
        exitIp,
        venues: [...new Set(venues)].toSorted(),
        until,
      }));
    })
    .filter((use) => accountId === undefined || use.accountId === accountId)
    .filter(
      (use) =>
        (proxyId === undefined && exitKey === undefined) ||
        use.proxyId === proxyId ||
        exitKeyOf(use.exitIp) === exitKey,
    )
    .filter(({ from, until }) => at === undefined || (from <= at && (until === undefined || until > at)))
    .filter(({ until }) => since === undefined || until === undefined || until > since)
    .toSorted((a, b) => b.from - a.from)
    .slice(0, limit);
}

function describeLive(memory: Memory, run: Run): LiveRun {
  const row = memory.state.launchers.get(run.launcherId);
  const lease = itemsAt(memory.state.leases, "run", ({ runId }) => runId, run.id).find(
    ({ isRevoked }) => !isRevoked,
  );
  return {
    run,
    launcher: row?.launcher.process,
    operatorSocket: row?.launcher.operatorSocket,
    keyIds: row?.launcher.keyIds ?? [],
    lease: lease &&
      row && {
        unitKey: lease.unitKey,
        instance: lease.instance,
        seen: { token: lease.token, renewals: row.renewals },
      },
    sinceRenewedMs: row && memory.now() - row.renewedAtMs,
    ttlMs: row?.launcher.ttlMs,
  };
}

function unitKey({ unit }: Run): string {
  return `${unit.kind} ${unit.name}`;
}

function byUnit(left: Run, right: Run): number {
  return byText<Run>(({ unit }) => unit.name)(left, right) || left.startedAt - right.startedAt;
}

function keepHistory(memory: Memory, days: number): void {
  const { state } = memory;
  const before = memory.now() - days * 86_400_000;
  const isLast = (run: Run) =>
    !state.runs.some((other) => unitKey(other) === unitKey(run) && other.startedAt > run.startedAt);
  state.runs = state.runs.filter((run) => (run.endedAt ?? before) >= before || isLast(run));
  state.exitUses = state.exitUses.filter(({ until }) => (until ?? before) >= before);
  // A whole month at a time, in the database.
  state.events = state.events.filter(({ event }) => event.at >= before);
}
