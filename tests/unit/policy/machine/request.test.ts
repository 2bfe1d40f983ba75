import { describe, expect, test } from "vitest";
import type { RunVerb } from "../../../../lib/domain/run/unit-wish.ts";
import type { BotEvent } from "../../../../lib/policy/machine/event.ts";
import { answerAtOnce, answerLater, eventFor } from "../../../../lib/policy/machine/request.ts";
import type { BotState } from "../../../../lib/policy/machine/state.ts";
import { botAfter, botSettings, toNext, World, wanted } from "../../../support/machine/world.ts";

const request = (verb: RunVerb) => ({ verb, by: "user:ann" });
const stop: BotEvent = { type: "stop-asked", signal: "TERM", by: "user:ann" };
const confirmed: BotEvent = { type: "exit-confirmed", random01: 0.5 };

/** A bot's state after these events of its start. */
function begun(count: number): BotState {
  const world = new World(botSettings);
  const events: readonly BotEvent[] = [
    { type: "start" },
    { type: "leased" },
    ...toNext,
    { type: "spawned", pid: 7 },
  ];
  for (const event of events.slice(0, count)) world.give(event);
  return world.state;
}

function running(...events: readonly BotEvent[]): BotState {
  return botAfter(events).state;
}

function collector(): BotState {
  const world = new World({ ...botSettings, kind: "collector", needsHello: false });
  for (const event of [{ type: "start" }, { type: "leased" }, { type: "spawned", pid: 7 }] as const)
    world.give(event);
  expect(world.state.phase).toBe("running");
  return world.state;
}

/** What is answered at once to a request that the table makes nothing of. */
const untaken = (verb: RunVerb, state: BotState) => answerAtOnce(request(verb), state, state, false);

/** The state in which a run has ended, which the world does not keep. */
const over = (state: BotState): BotState => ({
  ...state,
  phase: "ended",
  ending: { exitStatus: 0, by: "launcher", reason: "stopped by SIGTERM", code: undefined, hint: undefined },
});

/** A running bot with another process, or on another exit. */
function changed(change: { readonly pid?: number; readonly token?: number }): BotState {
  const state = running();
  if (state.phase !== "running" || state.exit === undefined) throw new Error("it does not run");
  const { pid = state.child.pid, token = state.exit.lease.token } = change;
  return {
    ...state,
    child: { ...state.child, pid },
    exit: { ...state.exit, lease: { ...state.exit.lease, token } },
  };
}

test("a request to stop is a graceful one, in its asker's name", () => {
  expect(eventFor(request("stop"))).toEqual(stop);
  expect(eventFor(request("start"))).toBeUndefined();
});

describe("a request that nothing came of is answered at once", () => {
  test.each([
    ["idle", begun(0), "starting"],
    ["leasing", begun(1), "starting"],
    ["choosing", begun(2), "choosing its exit"],
    ["proving", begun(3), "proving its exit"],
    ["claiming", begun(4), "taking its exit"],
    ["spawning", begun(5), "starting"],
    ["greeting", begun(6), "starting"],
    ["running", running(), "running"],
    ["verifying", running({ type: "transport-suspected", reason: "reset" }), "verifying its exit"],
    ["preparing", running(wanted()), "looking for another exit"],
    ["stopping", running(stop), "stopping"],
    ["ended", over(begun(0)), "over"],
  ] as const)("while it is %s", (phase, state, words) => {
    expect(state.phase).toBe(phase);
    const text = untaken("rotate", state)?.text ?? "";
    expect(text.startsWith(`Nothing to rotate while it is ${words}`)).toBe(true);
    if (!("reason" in state)) expect(text).toBe(`Nothing to rotate while it is ${words}.`);
    expect(untaken("rotate", state)?.isDone).toBe(false);
  });

  test("to start what is ending: that is not done", () => {
    const text = "It is stopping: start it again once it has stopped.";
    for (const state of [running(stop), over(begun(0))])
      expect(untaken("start", state)).toEqual({ isDone: false, text });
    expect(untaken("start", running())).toEqual({ isDone: true, text: "It runs already." });
  });

  test("to stop what is over, as done", () => {
    expect(untaken("stop", over(begun(0)))).toEqual({ isDone: true, text: "It stops." });
    expect(untaken("stop", running())?.isDone).toBe(false);
  });

  test("but a look at an exit that is verified waits for what is seen", () => {
    const verifying = running({ type: "transport-suspected", reason: "reset" });
    expect(untaken("check", verifying)).toBeUndefined();
    expect(untaken("restart", verifying)).toMatchObject({ isDone: false });
    expect(untaken("check", begun(2))).toMatchObject({ isDone: false });
  });

  test("of a collector with where it is, or that it has no exit", () => {
    expect(untaken("check", collector())).toEqual({
      isDone: true,
      text: "It runs as pid 7 and connects directly.",
    });
    expect(untaken("rotate", collector())).toEqual({
      isDone: false,
      text: "It connects directly: it has no exit.",
    });
  });
});

describe("a request is answered later", () => {
  const later = (verb: RunVerb, event: BotEvent, now: BotState, from = running()) =>
    answerLater(request(verb), from, event, now);

  test("as not done by the end of the run, and by a wait for an exit", () => {
    const text = "It ended: stopped by SIGTERM.";
    for (const verb of ["restart", "rotate", "check"] as const)
      expect(later(verb, stop, over(running()))).toEqual({ isDone: false, text });
    const holding: BotState = { ...begun(2), phase: "holding", reason: "no proxy" } as BotState;
    expect(later("rotate", stop, holding)).toEqual({ isDone: false, text: "Nothing runs: no proxy" });
  });

  test("by what a look at its exit saw", () => {
    const well = { isDone: true, text: "It leaves through fra-1 (203.0.113.7)." };
    for (const event of [confirmed, { type: "exit-check-matched" }] as const)
      expect(later("check", event, running())).toEqual(well);
    expect(later("check", confirmed, collector())).toEqual({ isDone: true, text: "It runs." });
    const losses = [
      { type: "leak-seen", reason: "own address" },
      { type: "exit-lost", cause: "drift", reason: "own address", random01: 0.5 },
      { type: "operator-changed", cause: "edited", reason: "own address" },
    ] as const;
    for (const event of losses)
      expect(later("check", event, begun(2))).toEqual({
        isDone: false,
        text: "It leaves its exit: own address",
      });
    expect(later("check", { type: "waited" }, changed({ pid: 8, token: 8 }))).toBeUndefined();
  });

  test("by a new process, and by a new exit, each to who asked for it", () => {
    const event: BotEvent = { type: "greeted" };
    expect(later("restart", event, running())).toBeUndefined();
    expect(later("rotate", event, running())).toBeUndefined();
    expect(later("restart", event, changed({ token: 8 }))).toBeUndefined();
    expect(later("rotate", event, changed({ pid: 8 }))).toBeUndefined();
    expect(later("restart", event, changed({ pid: 8 }))).toEqual({ isDone: true, text: "It runs as pid 8." });
    expect(later("rotate", event, changed({ token: 8 }))).toMatchObject({
      isDone: true,
      text: expect.stringMatching(/^It leaves through fra-1/),
    });
    expect(later("restart", event, begun(6))).toBeUndefined();
    // What had no process, or no exit, when it was asked has a new one once it runs.
    expect(later("restart", event, running(), begun(2))).toMatchObject({ isDone: true });
    expect(later("rotate", event, running(), begun(2))).toMatchObject({ isDone: true });
  });
});
