import type { Collector } from "../../../lib/domain/run/unit.ts";
import { exitOf } from "../../../lib/policy/machine/state.ts";
import { sayHeartbeat } from "../../support/fleet/fake-host.ts";
import {
  type Fleet,
  type FleetLauncher,
  type FleetRun,
  type FleetShape,
  openFleet,
  processOf,
} from "../../support/fleet/fleet.ts";
import { launchBot, launchCollector } from "../../support/fleet/launch-units.ts";

/** One launcher with alice's bot, who has two proxies, and bob's, who has the second and a third. */
export interface Bench {
  readonly fleet: Fleet;
  readonly launcher: FleetLauncher;
  readonly run: FleetRun;
}

export async function bench(
  change: Parameters<typeof launchBot>[3] = {},
  world: Pick<FleetShape, "hasProbes" | "random01" | "switchRules" | "vault" | "witnesses"> = {},
): Promise<Bench> {
  const fleet = await openFleet({
    proxies: { fra: "203.0.113.1", ams: "203.0.113.2", par: "203.0.113.3" },
    accounts: { alice: ["fra", "ams"], bob: ["ams", "par"] },
    hosts: ["host-0", "host-1"],
    ...world,
  });
  const [launcher] = fleet.launchers;
  if (launcher === undefined) throw new Error("a fleet without launcher");
  const run = launchBot(fleet, launcher, "alice", change);
  return { fleet, launcher, run };
}

/** The same with the bot running. */
export async function runningBench(...how: Parameters<typeof bench>): Promise<Bench> {
  const made = await bench(...how);
  await made.fleet.clock.advance(10);
  if (made.run.runner.state.phase !== "running")
    throw new Error(`not running: ${made.run.runner.state.phase}`);
  return made;
}

export interface CollectorBench {
  readonly fleet: Fleet;
  readonly launcher: FleetLauncher;
  readonly run: Omit<FleetRun, "account">;
}

/** One launcher with the collector "funding"; the host's own address is unknown where none is given. */
export async function collectorBench(
  directIp: string | undefined,
  unit: Partial<Collector> = {},
): Promise<CollectorBench> {
  const fleet = await openFleet({ proxies: {}, accounts: {}, hosts: [] });
  fleet.net.directIp = directIp;
  const launcher = fleet.addLauncher("host-0");
  return { fleet, launcher, run: launchCollector(launcher, "funding", unit) };
}

export function phaseOf({ run }: Bench | CollectorBench): string {
  return run.runner.state.phase;
}

/** The label of the proxy that the run is on now, or tries. */
export function labelOf({ run: { runner } }: Bench): string | undefined {
  const { state } = runner;
  return "candidate" in state ? state.candidate.label : exitOf(state)?.label;
}

export function textsOf({ launcher }: Pick<Bench, "launcher">): readonly string[] {
  return launcher.said.map(({ text }) => text);
}

/** What each witness sees by way of fra. */
export function showFromFra({ fleet }: Bench, showsTo: (witness: string) => string | undefined): void {
  const proxy = fleet.net.proxies.get("fra");
  if (proxy !== undefined) proxy.showsTo = showsTo;
}

/** Heartbeats every 5 s for the given time. */
export async function heartbeatFor(made: Bench, ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 5_000) {
    const process = processOf(made.launcher, made.run);
    if (process !== undefined) sayHeartbeat(made.launcher.host, process);
    await made.fleet.clock.advance(5_000);
  }
}
