import { expect, test } from "vitest";
import { openGate } from "../../../../lib/adapters/relay/gate.ts";
import { instant, monotonic } from "../../../../lib/domain/time.ts";
import type { Clock } from "../../../../lib/ports/clock.ts";

/** A gate on a clock that only moves when told, and whose timers can be late. */
function gateAt() {
  let nowMs = 1_000;
  const timers = new Set<{ readonly atMs: number; readonly work: () => void }>();
  const clock: Clock = {
    now: () => instant(nowMs),
    monotonicMs: () => monotonic(nowMs),
    after(delayMs, work) {
      const timer = { atMs: nowMs + delayMs, work };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const events: string[] = [];
  let severed = 0;
  const moves: string[] = [];
  const gate = openGate(
    clock,
    ({ type }) => events.push(type),
    () => ({
      severAll: () => severed++,
      holdAll: () => moves.push("hold"),
      releaseAll: () => moves.push("release"),
    }),
  );
  const at = (ms: number, areTimersLate = false): void => {
    nowMs = ms;
    if (areTimersLate) return;
    for (const timer of timers) if (timer.atMs <= ms && timers.delete(timer)) timer.work();
  };
  return { gate, events, at, timers, moves, severed: () => severed };
}

/** Longer than what a process has left behind takes to arrive. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("a gate is shut until it is opened, and tells the first knock once", () => {
  const { gate, events } = gateAt();
  expect(gate.whyShut()).toContain("not open");
  expect(gate.whyShut()).toContain("not open");
  gate.open();
  expect(gate.whyShut()).toBeUndefined();
  expect(events).toEqual(["connection-before-ready"]);
});

test("a cut destroys at once, names its reason, and holds until opened", () => {
  const { gate, severed } = gateAt();
  gate.open();
  gate.cut("the exit drifted");
  expect([gate.state(), gate.whyShut(), severed()]).toEqual(["cut", "cut: the exit drifted", 1]);
  gate.open();
  expect(gate.state()).toBe("open");
});

test("the gate shuts at the deadline, a later one told in time replaces it, none takes it away", () => {
  const { gate, events, at, severed, timers } = gateAt();
  gate.open();
  gate.setDeadline(monotonic(2_000));
  gate.setDeadline(monotonic(3_000));
  at(2_500);
  expect(gate.state()).toBe("open");
  at(3_000);
  expect([gate.state(), events, severed()]).toEqual(["shut", ["deadline"], 1]);
  gate.open();
  expect([gate.state(), events]).toEqual(["shut", ["deadline", "deadline"]]);
  gate.setDeadline(undefined);
  gate.open();
  at(9_000);
  expect([gate.state(), timers.size]).toEqual(["open", 0]);
});

test("nothing passes after the deadline although the timer is late", () => {
  const { gate, at, severed } = gateAt();
  gate.open();
  gate.setDeadline(monotonic(2_000));
  at(2_001, true);
  expect(gate.whyShut()).toContain("deadline");
  expect(severed()).toBe(1);
});

test("a deadline that has passed already shuts the gate at once; a cut stays a cut", () => {
  const { gate, events } = gateAt();
  gate.open();
  gate.setDeadline(monotonic(500));
  expect(gate.state()).toBe("shut");
  gate.cut("drift");
  gate.setDeadline(monotonic(400));
  expect([gate.state(), events]).toEqual(["cut", ["deadline"]]);
});

test("whoever comes before the first word waits for it; after it, and after a cut, nobody waits", async () => {
  const { gate, events } = gateAt();
  const heard: (string | undefined)[] = [];
  const come = () => gate.decided().then(() => heard.push(gate.whyShut()));
  const first = come();
  await Promise.resolve();
  expect(heard).toEqual([]);
  gate.open();
  await first;
  gate.shut();
  // What the process before has sent: it does not wait, and is not told.
  await come();
  await turns();
  const second = come();
  gate.whyShut();
  gate.cut("drift");
  await second;
  await come();
  expect(heard).toEqual([undefined, "the relay is not open yet", "cut: drift", "cut: drift"]);
  expect(events).toEqual(["connection-before-ready"]);
});

test("a paused gate resets nobody and lets whoever comes wait, until it is opened or cut", async () => {
  const { gate, events, moves, severed } = gateAt();
  gate.pause();
  expect(gate.state()).toBe("shut");
  gate.open();
  gate.pause();
  expect([gate.state(), gate.whyShut(), gate.isPaused(), moves.at(-1)]).toEqual([
    "paused",
    undefined,
    true,
    "hold",
  ]);
  const heard: string[] = [];
  const come = () => gate.decided().then(() => heard.push(gate.state()));
  const first = come();
  await Promise.resolve();
  expect([heard, severed()]).toEqual([[], 0]);
  gate.open();
  await first;
  expect([heard, moves.at(-1), severed()]).toEqual([["open"], "release", 0]);
  gate.pause();
  const second = come();
  gate.cut("the exit drifted");
  await second;
  expect([heard, severed(), events]).toEqual([["open", "cut"], 1, []]);
});

test("the deadline shuts a paused gate, and no late opening lets go what it held", () => {
  const { gate, events, at, moves, severed } = gateAt();
  gate.open();
  gate.setDeadline(monotonic(2_000));
  gate.pause();
  const before = moves.length;
  at(2_001, true);
  gate.open();
  expect([gate.state(), events, severed(), moves.length]).toEqual(["shut", ["deadline"], 1, before]);
});
