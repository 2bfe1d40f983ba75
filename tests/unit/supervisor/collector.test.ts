import { expect, test } from "vitest";
import { collectorResource } from "../../../lib/domain/run/lease.ts";
import { type CollectorBench, collectorBench, phaseOf, textsOf } from "./bench.ts";

async function rowOf({ fleet, run }: CollectorBench) {
  const found = (await fleet.store.runs.live()).find(({ run: { id } }) => id === run.runId);
  return found?.run;
}

test("a collector shows its host's own address as direct, in its ready line and in its row", async () => {
  const made = await collectorBench("192.0.2.1");
  await made.fleet.clock.advance(10);
  expect(phaseOf(made)).toBe("running");
  expect(textsOf(made)).toEqual(["direct  192.0.2.1"]);
  expect(await rowOf(made)).toMatchObject({ tier: "direct", exitIp: "192.0.2.1", proxyLabel: undefined });
});

test("where no witness can be reached the address is unknown until one answers", async () => {
  const made = await collectorBench(undefined);
  await made.fleet.clock.advance(10);
  expect(textsOf(made)).toEqual(["direct  address unknown"]);
  expect((await rowOf(made))?.exitIp).toBeUndefined();
  made.fleet.net.directIp = "192.0.2.9";
  await made.fleet.clock.advance(605_000);
  expect(textsOf(made)).toEqual(["direct  address unknown", "direct  192.0.2.9"]);
  expect((await rowOf(made))?.exitIp).toBe("192.0.2.9");
});

test("a collector is restarted when it crashes, and its name is free once it has ended", async () => {
  const made = await collectorBench("192.0.2.1");
  await made.fleet.clock.advance(10);
  const { processes } = made.launcher.host;
  processes[0]?.end({ code: 1, signal: undefined });
  await made.fleet.clock.advance(5_000);
  expect([phaseOf(made), processes.length]).toEqual(["running", 2]);
  made.run.runner.requestStop("TERM");
  await made.fleet.clock.advance(1_000);
  expect(made.run.ending?.exitStatus).toBe(0);
  expect(await made.fleet.store.leases.holder(collectorResource("funding"))).toBeUndefined();
});
