import type { WorldOptions } from "./world.ts";

/** How the world of a seed is set up: three hosts, five accounts, three venues, two vendors. */
export function shapeOf(seed: number, hours: number): WorldOptions {
  return {
    hosts: 3,
    accounts: 5,
    hours,
    hasFaults: true,
    hasProbes: seed % 4 === 0,
    hasAlerts: seed % 3 === 0,
    hostsPerUnit: seed % 5 === 0 ? 3 : 2,
    requestEveryMs: 4_000,
    leaseTtlMs: [10_000, 15_000, 15_000, 40_000][seed % 4] ?? 15_000,
  };
}
