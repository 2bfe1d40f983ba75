import type { Memory } from "../support/memory-store/state.ts";
import type { WorldOutcome } from "./run-world.ts";
import type { WorldOptions } from "./world.ts";

/** A desk of a hundred accounts a host, on which nothing goes wrong. */
export function scaleShape(hosts: number, hours: number): WorldOptions {
  return {
    hosts,
    accounts: hosts * 100,
    hours,
    hasFaults: false,
    hasProbes: false,
    hasAlerts: false,
    hostsPerUnit: 1,
    requestEveryMs: 60_000,
    leaseTtlMs: 15_000,
  };
}

/** How often the database was asked for what, once everything had started. */
export function callsPerSecond(
  { calls }: WorldOutcome,
  settled: ReadonlyMap<string, number>,
  secondsLong: number,
): readonly (readonly [name: string, perSecond: number])[] {
  return [...calls]
    .map(([name, count]) => [name, (count - (settled.get(name) ?? 0)) / secondsLong] as const)
    .filter(([, perSecond]) => perSecond >= 0.05)
    .sort(([, a], [, b]) => b - a);
}

const isReading =
  /^(accounts\.(facts|heldFacts|find|idsOf|list|assignments|registrations)|units\.wish|requests\.pending|leases\.holders|switches\.read|reputations\.|.*\.list$)/;

/** Of these, those that write. */
export function writesOf(calls: readonly (readonly [name: string, perSecond: number])[]): number {
  return calls.filter(([name]) => !isReading.test(name)).reduce((sum, [, perSecond]) => sum + perSecond, 0);
}

/** How many rows are there at the end, by their table. */
export function rowsOf({ state }: Memory): readonly (readonly [table: string, rows: number])[] {
  const live = state.runs.filter(({ endedAt }) => endedAt === undefined).length;
  return [
    ["accounts", state.accounts.length],
    ["proxies", state.proxies.length],
    ["assignments", state.assignments.length],
    ["leases", state.leases.length],
    ["exit leases", state.exits.length],
    ["live runs", live],
    ["ended runs", state.runs.length - live],
    ["uses of exits", state.exitUses.length],
    ["reputations", state.reputations.length],
    ["evidence", state.evidence.length],
    ["events", state.events.length],
    ["switches", state.permits.length],
  ];
}
