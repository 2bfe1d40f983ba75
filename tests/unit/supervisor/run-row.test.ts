import { describe, expect, test } from "vitest";
import type { Run } from "../../../lib/domain/run/run.ts";
import { processOf } from "../../support/fleet/fleet.ts";
import { type Bench, bench, phaseOf, runningBench } from "./bench.ts";

async function rowOf({ fleet, run }: Bench): Promise<Run> {
  const found = (await fleet.store.runs.live()).find(({ run: { id } }) => id === run.runId);
  if (found === undefined) throw new Error("the run has no row");
  return found.run;
}

async function setAll({ fleet, run }: Bench, status: "disabled" | "standby"): Promise<void> {
  const { accounts } = fleet.store;
  for (const { id } of await accounts.assignments({ accountId: run.account.id }))
    await accounts.updateAssignment(id, { status });
}

const noExit = {
  proxyId: undefined,
  proxyLabel: undefined,
  assignmentId: undefined,
  exitIp: undefined,
  secondExitIp: undefined,
  exitReach: undefined,
  exitProvenAt: undefined,
  country: undefined,
};
const noProcess = { pid: undefined, pidStartTicks: undefined, processStartedAt: undefined };

describe("the row of a run", () => {
  test("names proxy, exit and process while the bot runs, and neither exit nor process while it holds", async () => {
    const made = await runningBench();
    const pid = processOf(made.launcher, made.run)?.pid;
    expect(await rowOf(made)).toMatchObject({ proxyLabel: "fra", exitIp: "203.0.113.1", pid });
    await setAll(made, "disabled");
    await made.fleet.clock.advance(6_000);
    expect(await rowOf(made)).toMatchObject({ phase: "holding", ...noExit, ...noProcess });
    await setAll(made, "standby");
    await made.fleet.clock.advance(6_000);
    const again = processOf(made.launcher, made.run)?.pid;
    expect(await rowOf(made)).toMatchObject({ phase: "running", proxyLabel: "fra", pid: again });
  });

  test("is not written again for a phase that shows the same", async () => {
    const made = await bench();
    const { runs } = made.launcher.ports.store;
    const phases: (string | undefined)[] = [];
    const update = runs.update.bind(runs);
    Object.assign(runs, {
      update: (...given: Parameters<typeof update>) => {
        if ("phase" in given[1]) phases.push(given[1].phase);
        return update(...given);
      },
    });
    await made.fleet.clock.advance(10);
    expect(phases).toEqual(["proving", "starting", "running"]);
  });

  test("names the exit that is kept, and no process, while the bot waits for its restart", async () => {
    const made = await runningBench();
    processOf(made.launcher, made.run)?.end({ code: 1, signal: undefined });
    await made.fleet.clock.settle();
    expect(await rowOf(made)).toMatchObject({ phase: "backing_off", proxyLabel: "fra", ...noProcess });
    await made.fleet.clock.advance(5_000);
    expect(await rowOf(made)).toMatchObject({
      phase: "running",
      pid: processOf(made.launcher, made.run)?.pid,
    });
  });
});

test("a bot that cannot be proven again after a crash holds without its exit: others may have it", async () => {
  const made = await bench({ settings: { tier: "kernel" } });
  made.launcher.host.habits.hello = "never";
  await made.fleet.clock.advance(10);
  made.fleet.net.areWitnessesDown = true;
  await made.fleet.clock.advance(200_000);
  expect([phaseOf(made), made.fleet.memory.state.exits.length]).toEqual(["running", 1]);
  processOf(made.launcher, made.run)?.end({ code: 1, signal: undefined });
  await made.fleet.clock.advance(60_000);
  expect([phaseOf(made), made.fleet.memory.state.exits]).toEqual(["holding", []]);
  expect(made.fleet.memory.state.exitUses.filter(({ until }) => until === undefined)).toEqual([]);
  made.fleet.net.areWitnessesDown = false;
  await made.fleet.clock.advance(10_000);
  expect([phaseOf(made), made.fleet.memory.state.exits.length]).toEqual(["running", 1]);
});
