import { describe, expect, test } from "vitest";
import { sayHello } from "../../support/fleet/fake-host.ts";
import { processOf, relayOf } from "../../support/fleet/fleet.ts";
import { bench, phaseOf, runningBench } from "./bench.ts";

describe("the preload's hello", () => {
  test("opens the relay although it comes before spawn() has told the pid", async () => {
    const { launcher, run } = await runningBench();
    expect(relayOf(launcher, run).gate).toBe("open");
  });

  test("is missed after 5 s: the bot is killed and ends with 78, the relay never having opened", async () => {
    const made = await bench();
    made.launcher.host.habits.hello = "never";
    await made.fleet.clock.advance(4_900);
    expect([phaseOf(made), relayOf(made.launcher, made.run).gate]).toEqual(["greeting", "shut"]);
    await made.fleet.clock.advance(200);
    expect(made.run.ending).toMatchObject({ exitStatus: 78, code: "LAUNCH_TIER_UNAVAILABLE" });
    expect(processOf(made.launcher, made.run)).toBeUndefined();
  });

  test("of another process of the run does not count, unless the command is declared to wrap Node", async () => {
    for (const runtime of [undefined, "node"] as const) {
      const made = await bench({ unit: { runtime } });
      const { launcher, run, fleet } = made;
      launcher.host.habits.hello = "never";
      await fleet.clock.advance(10);
      const child = { pid: 77, runId: run.runId };
      launcher.host.processes.push({
        ...child,
        env: {},
        startedAtMs: 0,
        isHook: false,
        isAlive: true,
        print: () => {},
        end: () => {},
      });
      sayHello(launcher.host, child);
      await fleet.clock.settle();
      expect(phaseOf(made)).toBe(runtime === "node" ? "running" : "greeting");
      sayHello(launcher.host, { pid: 78, runId: run.runId });
      await fleet.clock.settle();
      expect(phaseOf(made)).toBe(runtime === "node" ? "running" : "greeting");
    }
  });

  test("of a process that was replaced meanwhile is not taken for the new one's", async () => {
    const made = await runningBench();
    const { launcher, run, fleet } = made;
    const old = processOf(launcher, run);
    if (old === undefined) throw new Error("no process");
    launcher.host.habits.hello = "never";
    old.end({ code: 1, signal: undefined });
    await fleet.clock.advance(1_000);
    sayHello(launcher.host, old);
    await fleet.clock.settle();
    expect([phaseOf(made), relayOf(launcher, run).gate]).toEqual(["greeting", "shut"]);
  });

  test("is waited for at every start: the relay is shut from the crash until the next process greets", async () => {
    const made = await runningBench();
    const { launcher, run, fleet } = made;
    launcher.host.habits.hello = "never";
    processOf(launcher, run)?.end({ code: 1, signal: undefined });
    await fleet.clock.settle();
    expect([phaseOf(made), relayOf(launcher, run).gate]).toEqual(["backing_off", "shut"]);
    await fleet.clock.advance(1_000);
    expect([phaseOf(made), relayOf(launcher, run).gate]).toEqual(["greeting", "shut"]);
    await fleet.clock.advance(6_000);
    expect(run.ending).toMatchObject({ exitStatus: 78 });
  });

  test("may come up to a second after the bot's first connection, and not later", async () => {
    for (const afterMs of [900, 1_100]) {
      const made = await bench();
      const { launcher, run, fleet } = made;
      launcher.host.habits.hello = "never";
      await fleet.clock.advance(10);
      // What comes at once is taken for the process before.
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(relayOf(launcher, run).knock()).toContain("not open yet");
      await fleet.clock.advance(afterMs);
      const process = processOf(launcher, run);
      if (process !== undefined) sayHello(launcher.host, process);
      await fleet.clock.settle();
      expect(phaseOf(made)).toBe(afterMs < 1_000 ? "running" : "ended");
    }
  });
});
