import { describe, expect, test } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import { botKey } from "../../../../lib/domain/run/unit-key.ts";
import {
  type Fleet,
  type FleetLauncher,
  type FleetRun,
  openFleet,
  processOf,
} from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { launcherOf, runHolding } from "../../../support/memory-store/leases.ts";

const holders = ["bob", "carol", "dave"] as const;

/**
 * bob, carol and dave leave from one exit, each at a venue of his own and through a proxy of his own; a fourth proxy leaves
 * from there too and is alice's, who trades at all three venues and is still to be launched on host-0.
 */
async function crowded(hosts: readonly string[]) {
  const exitIp = "203.0.113.1";
  const fleet = await openFleet({
    proxies: { "of-alice": exitIp, "of-bob": exitIp, "of-carol": exitIp, "of-dave": exitIp },
    accounts: { alice: ["of-alice"], bob: ["of-bob"], carol: ["of-carol"], dave: ["of-dave"] },
    hosts: ["host-0"],
  });
  const [mine] = fleet.launchers;
  if (mine === undefined) throw new Error("a fleet without launcher");
  await trades(fleet, "alice", [...holders]);
  const others: { launcher: FleetLauncher; run: FleetRun }[] = [];
  for (const [index, name] of holders.slice(0, hosts.length).entries()) {
    await trades(fleet, name, [name]);
    const launcher = fleet.addLauncher(hosts[index] ?? "");
    others.push({ launcher, run: launchBot(fleet, launcher, name) });
  }
  await fleet.clock.advance(100);
  expect(fleet.memory.state.exits).toHaveLength(hosts.length);
  return { fleet, mine, others };
}

async function trades(fleet: Fleet, name: string, venues: readonly string[]): Promise<void> {
  const account = fleet.accounts.get(name);
  if (account === undefined) throw new Error(`no account ${name}`);
  await fleet.store.accounts.update(account.id, { venues: venues as VenueName[] });
}

function whoHolds({ memory }: Fleet): readonly string[] {
  return memory.state.exits.map(({ runId, venue }) => {
    const lease = memory.state.leases.find((row) => row.runId === runId);
    return `${lease && launcherOf(memory, lease).launcher.process.host} ${venue}`;
  });
}

describe("an exit that several others hold", () => {
  test("is taken at once when all of them died on this host", async () => {
    const { fleet, mine, others } = await crowded(["host-0", "host-0", "host-0"]);
    for (const { launcher } of others) launcher.die();
    const run = launchBot(fleet, mine, "alice");
    await fleet.clock.advance(2_000);
    expect(processOf(mine, run)).toBeDefined();
    expect(whoHolds(fleet)).toEqual(["host-0 bob", "host-0 carol", "host-0 dave"]);
    for (const { run: lost } of others)
      expect(runHolding(fleet.memory, botKey(lost.account.id))).toBeUndefined();
  });

  test("is waited for one TTL, not one for each, when all of them fell silent on another host", async () => {
    const { fleet, mine, others } = await crowded(["host-1", "host-1", "host-1"]);
    for (const { launcher } of others) launcher.die();
    const run = launchBot(fleet, mine, "alice");
    await fleet.clock.advance(14_900);
    expect(processOf(mine, run)).toBeUndefined();
    await fleet.clock.advance(2_000);
    expect(processOf(mine, run)).toBeDefined();
  });

  test.each([
    ["died here", "host-0"],
    ["fell silent elsewhere", "host-1"],
  ])("is left to the one that lives when the others %s", async (_what, host) => {
    const { fleet, mine, others } = await crowded([host, host, "host-2"]);
    for (const { launcher } of others.slice(0, 2)) launcher.die();
    const run = launchBot(fleet, mine, "alice");
    await fleet.clock.advance(60_000);
    expect(processOf(mine, run)).toBeUndefined();
    expect(mine.said.map(({ text }) => text)).toContainEqual(expect.stringMatching(/dave holds for dave/));
    const alive = others[2];
    expect(alive && processOf(alive.launcher, alive.run)).toBeDefined();
    expect(whoHolds(fleet)).toContain("host-2 dave");
  });
});
