import { describe, expect, test } from "vitest";
import { collectorKey } from "../../../lib/domain/run/unit-key.ts";
import { launchBot, launchCollector } from "../../support/fleet/launch-units.ts";
import { runHolding } from "../../support/memory-store/leases.ts";
import { bench, type CollectorBench, collectorBench, phaseOf, textsOf } from "./bench.ts";

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
  expect(runHolding(made.fleet.memory, collectorKey("funding"))).toBeUndefined();
});

describe("what runs of a collector with many instances leave behind when their launcher is killed", () => {
  const many = { instances: "many" } as const;
  const ids = async ({ fleet }: CollectorBench) => (await fleet.store.runs.live()).map(({ run }) => run.id);

  /** The bench's run beside one whose launcher is killed, on the same host or on another. */
  async function withGhost(host: string) {
    const made = await collectorBench(undefined, many);
    const doomed = made.fleet.addLauncher(host);
    const ghost = launchCollector(doomed, "funding", many);
    await made.fleet.clock.advance(10);
    doomed.die();
    return { ...made, ghost };
  }

  test("goes with the next launch of that name on that host, its lease too; live ones stay", async () => {
    const made = await withGhost("host-0");
    expect(await ids(made)).toEqual([made.run.runId, made.ghost.runId]);
    const next = launchCollector(made.launcher, "funding", many);
    const other = launchCollector(made.launcher, "trades", many);
    await made.fleet.clock.advance(10);
    expect(await ids(made)).toEqual([made.run.runId, next.runId, other.runId]);
    expect(runHolding(made.fleet.memory, collectorKey("funding"), made.ghost.runId)).toBeUndefined();
  });

  test("goes with the next launch on another host only after an hour of silence", async () => {
    const made = await withGhost("host-9");
    await made.fleet.clock.advance(1_800_000);
    const early = launchCollector(made.launcher, "funding", many);
    await made.fleet.clock.advance(10);
    expect(await ids(made)).toContain(made.ghost.runId);
    await made.fleet.clock.advance(1_900_000);
    const late = launchCollector(made.launcher, "funding", many);
    await made.fleet.clock.advance(10);
    expect(await ids(made)).toEqual([made.run.runId, early.runId, late.runId]);
  });

  test("is not gone with the launch of another name", async () => {
    const made = await withGhost("host-0");
    launchCollector(made.launcher, "trades", many);
    await made.fleet.clock.advance(10);
    expect(await ids(made)).toContain(made.ghost.runId);
  });
});

test("a bot that was killed while it started leaves no row once its account runs again", async () => {
  const made = await bench();
  made.launcher.host.habits.hello = "never";
  await made.fleet.clock.advance(10);
  const { store } = made.fleet;
  expect((await store.runs.live()).map(({ run }) => run.phase)).toEqual(["starting"]);
  made.launcher.die();
  const next = launchBot(made.fleet, made.fleet.addLauncher("host-0"), "alice");
  await made.fleet.clock.advance(10);
  expect((await store.runs.live()).map(({ run }) => run.id)).toEqual([next.runId]);
});
