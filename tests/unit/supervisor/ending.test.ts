import { describe, expect, test } from "vitest";
import { botKey } from "../../../lib/domain/run/unit-key.ts";
import { processOf, relayOf } from "../../support/fleet/fleet.ts";
import { runHolding } from "../../support/memory-store/leases.ts";
import { bench, labelOf, phaseOf, runningBench, textsOf } from "./bench.ts";

const none = { exits: 0, holder: undefined };

async function leftOf({ fleet, run }: Awaited<ReturnType<typeof bench>>) {
  const holder = runHolding(fleet.memory, botKey(run.account.id));
  return { exits: fleet.memory.state.exits.length, holder };
}

describe("a stop", () => {
  test("at any moment of the start leaves no lease, no exit, no process and no relay", async () => {
    for (let atMs = 0; atMs < 3_000; atMs += 70) {
      const made = await bench();
      made.launcher.link.latencyMs = () => 200;
      await made.fleet.clock.advance(atMs);
      made.run.runner.requestStop("INT");
      await made.fleet.clock.advance(5_000);
      expect(made.run.ending?.reason).toBe("stopped by SIGINT");
      expect([await leftOf(made), made.launcher.relays.every((relay) => relay.isClosed())]).toEqual([
        none,
        true,
      ]);
      expect(processOf(made.launcher, made.run)).toBeUndefined();
    }
  });

  test("whose signal reaches the bot first is a stop and no crash", async () => {
    const made = await runningBench({ unit: { restart: "never" } });
    processOf(made.launcher, made.run)?.end({ code: undefined, signal: "INT" });
    await made.fleet.clock.advance(100);
    made.run.runner.requestStop("INT");
    await made.fleet.clock.advance(1_000);
    expect(made.run.ending).toMatchObject({ exitStatus: 0, reason: "stopped by SIGINT" });
  });

  test.each([
    { code: undefined, signal: "TERM" },
    { code: 143, signal: undefined },
    { code: 130, signal: undefined },
  ])("may come a moment after an end by the same signal (%j)", async (end) => {
    const made = await runningBench({ unit: { restart: "never" } });
    processOf(made.launcher, made.run)?.end(end);
    await made.fleet.clock.advance(100);
    expect(phaseOf(made)).toBe("running");
  });

  test.each([
    { code: undefined, signal: "KILL" },
    { code: undefined, signal: "SEGV" },
    { code: 137, signal: undefined },
  ])("is not waited for after an end that no engine's stop brings (%j)", async (end) => {
    const made = await runningBench();
    processOf(made.launcher, made.run)?.end(end);
    await made.fleet.clock.advance(20);
    expect(phaseOf(made)).not.toBe("running");
  });

  test("by an engine that is gone says so", async () => {
    const made = await runningBench();
    made.run.runner.requestStop("disconnect");
    await made.fleet.clock.advance(1_000);
    expect(made.run.ending).toMatchObject({
      exitStatus: 0,
      reason: "stopped: the program that started it is gone",
    });
  });

  test("is done in 15 s although the database hangs", async () => {
    const made = await runningBench();
    made.launcher.link.trouble = "hangs";
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(15_000);
    expect(made.run.ending).toMatchObject({ exitStatus: 0 });
    expect(textsOf(made)).toContainEqual(expect.stringContaining("its lease runs out by itself"));
  });

  test("of what cannot be killed leaves lease and exit to lapse, the relay shut", async () => {
    const made = await runningBench();
    made.launcher.host.habits.isUnkillable = true;
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(10_000);
    expect(made.run.ending).toMatchObject({ exitStatus: 71, code: "LAUNCH_STOP_FAILED" });
    expect(await leftOf(made)).toEqual({ exits: 1, holder: made.run.runId });
    expect(relayOf(made.launcher, made.run).isClosed()).toBe(true);
  });

  test("goes on when one thing cannot be given back", async () => {
    const made = await runningBench();
    Object.assign(relayOf(made.launcher, made.run), { close: () => Promise.reject(new Error("EBADF")) });
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(1_000);
    expect([made.run.ending?.exitStatus, await leftOf(made)]).toEqual([0, none]);
    expect(textsOf(made)).toContainEqual(expect.stringContaining("EBADF"));
  });
});

test("an effect that throws neither stops the others nor makes the Runner deaf", async () => {
  const made = await runningBench();
  Object.assign(relayOf(made.launcher, made.run), {
    cut: () => {
      throw new Error("no gate");
    },
  });
  made.launcher.link.trouble = "down";
  await made.fleet.clock.advance(20_000);
  expect(processOf(made.launcher, made.run)).toBeUndefined();
  expect(made.run.ending).toBeDefined();
});

describe("a database that goes away", () => {
  test("in the middle of a switch is waited for, and the switch goes on", async () => {
    const made = await runningBench();
    const proxy = made.fleet.net.proxies.get("fra");
    if (proxy !== undefined) proxy.fault = "auth";
    relayOf(made.launcher, made.run).options.onEvent({
      type: "failed",
      target: "venue.test:443",
      failure: { kind: "auth", scope: "upstream", message: "fra 407", status: 407 },
    });
    await made.fleet.clock.advance(2_050);
    made.launcher.link.trouble = "down";
    await made.fleet.clock.advance(4_000);
    expect(made.run.ending).toBeUndefined();
    made.launcher.link.trouble = "none";
    await made.fleet.clock.advance(5_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
  });

  test("ends the bot at its lease's deadline; the outage and the end are both said", async () => {
    for (const trouble of ["down", "hangs"] as const) {
      const made = await runningBench();
      await made.fleet.clock.advance(4_010);
      made.launcher.link.trouble = trouble;
      await made.fleet.clock.advance(11_900);
      expect(processOf(made.launcher, made.run)).toBeDefined();
      await made.fleet.clock.advance(100);
      expect([processOf(made.launcher, made.run), relayOf(made.launcher, made.run).gate]).toEqual([
        undefined,
        "cut",
      ]);
      await made.fleet.clock.advance(15_000);
      expect(made.run.ending).toMatchObject({ exitStatus: 75, code: "LAUNCH_LEASE_LOST" });
      expect(textsOf(made)).toContainEqual(expect.stringContaining("the database does not answer"));
    }
  });
});

describe("the identity budget", () => {
  test("lets the first loss be replaced at once and makes further ones in a row wait longer and longer", async () => {
    const made = await runningBench();
    const delays: number[] = [];
    for (let loss = 0; loss < 3; loss++) {
      const label = labelOf(made) ?? "";
      const proxy = made.fleet.net.proxies.get(label);
      if (proxy !== undefined) proxy.fault = "refused";
      relayOf(made.launcher, made.run).options.onEvent({
        type: "failed",
        target: "venue.test:443",
        failure: { kind: "refused", scope: "upstream", message: label, status: undefined },
      });
      const startedAtMs = made.fleet.clock.monotonicMs();
      const count = made.launcher.host.processes.length;
      while (made.launcher.host.processes.length === count) {
        await made.fleet.clock.advance(50);
        for (const other of made.fleet.net.proxies.values()) if (other.label !== label) other.fault = "none";
        if (made.fleet.clock.monotonicMs() - startedAtMs > 300_000) break;
      }
      delays.push(made.fleet.clock.monotonicMs() - startedAtMs);
    }
    expect(delays[0]).toBeLessThan(7_000);
    expect(delays[1]).toBeGreaterThan(delays[0] ?? 0);
  });
});
