import { expect, test } from "vitest";
import { processOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { bench, runningBench } from "../bench.ts";

test("a start is begun once its lease is held, and not where another launcher has it", async () => {
  const { fleet, launcher } = await runningBench();
  expect(launcher.host.ahead).toEqual({ runs: new Set(), count: expect.any(Number) });
  expect(launcher.host.ahead.count).toBeGreaterThan(0);
  const [, other] = fleet.launchers;
  if (other === undefined) throw new Error("a fleet of one launcher");
  const refused = launchBot(fleet, other, "alice");
  await fleet.clock.advance(100_000);
  expect(refused.ending).toMatchObject({ code: "LAUNCH_LEASE_HELD" });
  expect(other.host.ahead.count).toBe(0);
});

test("what was begun for a bot that gets no exit is let go, and its process never started", async () => {
  const made = await bench({ unit: { onNoProxy: "exit" } });
  const { fleet, launcher, run } = made;
  for (const proxy of fleet.net.proxies.values()) proxy.showsTo = () => undefined;
  await fleet.clock.advance(600_000);
  expect(run.ending).toMatchObject({ exitStatus: expect.any(Number) });
  expect(launcher.host.ahead).toEqual({ runs: new Set(), count: expect.any(Number) });
  expect(launcher.host.ahead.count).toBeGreaterThan(0);
  expect(processOf(launcher, run)).toBeUndefined();
});
