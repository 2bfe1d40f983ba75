import { describe, expect, test } from "vitest";
import type { FakeHost } from "../../../support/fleet/fake-host.ts";
import { processOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { bench, collectorBench, labelOf, phaseOf, runningBench } from "../bench.ts";

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

describe("a restart is begun for the last second of its wait", () => {
  const crash = ({ processes }: FakeHost): void => processes.at(-1)?.end({ code: 1, signal: undefined });
  const longest = { random01: () => 0.999 };
  const begunFor = ({ ahead }: FakeHost): number => ahead.runs.size;

  test("of a bot: not before, and what was begun is what starts", async () => {
    const made = await runningBench({}, longest);
    const { fleet, launcher } = made;
    const { host } = launcher;
    crash(host);
    await fleet.clock.advance(500);
    expect([phaseOf(made), begunFor(host), host.processes.length]).toEqual(["backing_off", 1, 1]);
    await fleet.clock.advance(600);
    expect([phaseOf(made), begunFor(host), host.processes.length]).toEqual(["running", 0, 2]);
    crash(host);
    await fleet.clock.advance(900);
    expect([phaseOf(made), begunFor(host)]).toEqual(["backing_off", 0]);
    await fleet.clock.advance(200);
    expect([phaseOf(made), begunFor(host), host.processes.length]).toEqual(["backing_off", 1, 2]);
  });

  test("of a collector too", async () => {
    const made = await collectorBench("192.0.2.1");
    const { host } = made.launcher;
    await made.fleet.clock.advance(10);
    crash(host);
    await made.fleet.clock.advance(300);
    expect([phaseOf(made), begunFor(host)]).toEqual(["backing_off", 1]);
    await made.fleet.clock.advance(700);
    expect([phaseOf(made), begunFor(host), host.processes.length]).toEqual(["running", 0, 2]);
  });

  test("and let go where the bot is stopped meanwhile", async () => {
    const made = await runningBench({}, longest);
    const { fleet, launcher, run } = made;
    crash(launcher.host);
    await fleet.clock.advance(500);
    expect(begunFor(launcher.host)).toBe(1);
    run.runner.requestStop("TERM");
    await fleet.clock.advance(1_000);
    expect([run.ending?.exitStatus, begunFor(launcher.host), launcher.host.processes.length]).toEqual([
      0, 0, 1,
    ]);
  });
});

test("a bot that goes on with another exit gets no second process, and one that starts anew there is begun beside the taking", async () => {
  for (const onFailover of ["reconnect", "restart"] as const) {
    const made = await runningBench({ unit: { onFailover } });
    const { fleet, launcher, run } = made;
    const before = launcher.host.ahead.count;
    void run.runner.ask({ verb: "rotate", by: "user:ann" });
    await fleet.clock.advance(10_000);
    const begun = launcher.host.ahead.count - before;
    expect([phaseOf(made), labelOf(made), begun > 0]).toEqual(["running", "ams", onFailover === "restart"]);
  }
});
