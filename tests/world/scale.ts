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
