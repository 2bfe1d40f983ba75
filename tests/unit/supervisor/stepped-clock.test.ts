import { describe, expect, test } from "vitest";
import { botKey } from "../../../lib/domain/run/unit-key.ts";
import { sayHeartbeat } from "../../support/fleet/fake-host.ts";
import { processOf, relayOf } from "../../support/fleet/fleet.ts";
import { launchBot } from "../../support/fleet/launch-units.ts";
import { runHolding } from "../../support/memory-store/leases.ts";
import { type Bench, labelOf, phaseOf, runningBench, textsOf } from "./bench.ts";

const hourMs = 3_600_000;

async function heartbeatFor(made: Bench, ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 5_000) {
    const process = processOf(made.launcher, made.run);
    if (process !== undefined) sayHeartbeat(made.launcher.host, process);
    await made.fleet.clock.advance(5_000);
  }
}

describe.each([
  ["an hour forward", hourMs],
  ["an hour back", -hourMs],
])("a host whose clock is set %s while a bot runs", (_what, jumpMs) => {
  test("goes on with the same process on the same exit, its leases renewed", async () => {
    const made = await runningBench();
    const process = processOf(made.launcher, made.run);
    await heartbeatFor(made, 10_000);
    made.fleet.clock.jumpWall(jumpMs);
    await heartbeatFor(made, 120_000);
    expect([processOf(made.launcher, made.run), labelOf(made), phaseOf(made)]).toEqual([
      process,
      "fra",
      "running",
    ]);
    expect(textsOf(made)).toHaveLength(1);
    expect(runHolding(made.fleet.memory, botKey(made.run.account.id))).toBe(made.run.runId);
  });

  test("stops the bot at its lease's deadline, no sooner and no later, when the database is gone", async () => {
    const made = await runningBench();
    await made.fleet.clock.advance(4_010);
    made.launcher.link.trouble = "down";
    made.fleet.clock.jumpWall(jumpMs);
    await made.fleet.clock.advance(11_900);
    expect(processOf(made.launcher, made.run)).toBeDefined();
    await made.fleet.clock.advance(100);
    expect([processOf(made.launcher, made.run), relayOf(made.launcher, made.run).gate]).toEqual([
      undefined,
      "cut",
    ]);
  });

  test("takes no lease of another host that is renewed, and waits out one that is not", async () => {
    const made = await runningBench();
    const [, other] = made.fleet.launchers;
    if (other === undefined) throw new Error("the bench has two hosts");
    made.fleet.clock.jumpWall(jumpMs);
    const second = launchBot(made.fleet, other, "alice");
    await made.fleet.clock.advance(40_000);
    expect(second.ending).toMatchObject({ exitStatus: 75, code: "LAUNCH_LEASE_HELD" });
    made.launcher.die();
    const third = launchBot(made.fleet, other, "alice");
    made.fleet.clock.jumpWall(jumpMs);
    await made.fleet.clock.advance(14_000);
    expect(processOf(other, third)).toBeUndefined();
    await made.fleet.clock.advance(3_000);
    expect(processOf(other, third)).toBeDefined();
  });

  test("restarts a crashed bot after its usual wait", async () => {
    const made = await runningBench();
    processOf(made.launcher, made.run)?.end({ code: 1, signal: undefined });
    await made.fleet.clock.settle();
    made.fleet.clock.jumpWall(jumpMs);
    await made.fleet.clock.advance(1_500);
    expect(phaseOf(made)).toBe("running");
  });
});
