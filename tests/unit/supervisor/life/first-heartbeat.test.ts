import { expect, test } from "vitest";
import { sayHeartbeat } from "../../../support/fleet/fake-host.ts";
import { processOf } from "../../../support/fleet/fleet.ts";
import { bench, phaseOf, textsOf } from "../bench.ts";

type Made = Awaited<ReturnType<typeof bench>>;

const readyLines = (made: Made) => textsOf(made).filter((text) => / {2}proven \d\/\d/.test(text));

function beat({ launcher, run }: Made): void {
  const process = processOf(launcher, run);
  if (process === undefined) throw new Error("no process");
  sayHeartbeat(launcher.host, process);
}

test("a bot that has greeted is ready with its first heartbeat, and not before", async () => {
  const made = await bench();
  await made.fleet.clock.advance(20_000);
  expect([phaseOf(made), readyLines(made)]).toEqual(["running", []]);
  beat(made);
  expect(readyLines(made)).toHaveLength(1);
  beat(made);
  expect(readyLines(made)).toHaveLength(1);
});

test("a bot in which nothing of ours runs is ready at once, and one that has not greeted as expected after 10 s", async () => {
  const other = await bench({ settings: { tier: "kernel", runtime: undefined } });
  await other.fleet.clock.advance(10);
  expect(readyLines(other)).toHaveLength(1);

  const silent = await bench({ settings: { tier: "kernel", runtime: "node" } });
  silent.launcher.host.habits.hello = "never";
  await silent.fleet.clock.advance(9_000);
  expect([phaseOf(silent), readyLines(silent)]).toEqual(["running", []]);
  await silent.fleet.clock.advance(2_000);
  expect(readyLines(silent)).toHaveLength(1);
});

test("a bot that crashes before its first heartbeat is ready with that of its next process", async () => {
  const made = await bench();
  await made.fleet.clock.advance(10);
  processOf(made.launcher, made.run)?.end({ code: 1, signal: undefined });
  await made.fleet.clock.advance(20_000);
  expect([phaseOf(made), readyLines(made)]).toEqual(["running", []]);
  beat(made);
  expect(readyLines(made)).toHaveLength(1);
});
