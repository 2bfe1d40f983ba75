import { expect, test } from "vitest";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { bench } from "../bench.ts";

test("a lease whose answer comes after its run was ended is freed, with the row that began", async () => {
  const { fleet, launcher, run: first } = await bench();
  first.runner.requestStop("TERM");
  await fleet.clock.advance(1_000);
  const { leases } = launcher.ports.store;
  const acquire = leases.acquire.bind(leases);
  let answer = () => {};
  const late = new Promise<void>((resolve) => {
    answer = resolve;
  });
  leases.acquire = async (request) => {
    await late;
    return acquire(request);
  };
  const run = launchBot(fleet, launcher, "alice");
  await fleet.clock.advance(1_000);
  run.runner.requestStop("TERM");
  await fleet.clock.advance(30_000);
  expect(run.ending).toBeDefined();
  answer();
  leases.acquire = acquire;
  await fleet.clock.advance(1_000);
  expect(fleet.memory.state.leases.map(({ runId }) => runId)).toEqual([run.runId]);
  await fleet.clock.advance(10_000);
  expect(fleet.memory.state.leases).toEqual([]);
  expect(fleet.memory.state.runs.find(({ id }) => id === run.runId)).toMatchObject({ phase: "ended" });
});
