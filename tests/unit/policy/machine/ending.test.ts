import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import type { BotEvent } from "../../../../lib/policy/machine/event.ts";
import { statusOfSignal } from "../../../../lib/policy/machine/table/ending.ts";
import {
  botAfter,
  botSettings,
  doings,
  failed,
  fra,
  granted,
  toNext,
  World,
  wanted,
} from "../../../support/machine/world.ts";

const stop: BotEvent = { type: "stop-asked", signal: "TERM" };
const stopByAnn: BotEvent = { ...stop, by: "user:ann" };
const leak: BotEvent = { type: "leak-seen", reason: "own address" };
const crash: BotEvent = { type: "exited", code: 3, signal: undefined, random01: 0.5 };
const beforeProcess: readonly BotEvent[] = [{ type: "start" }, { type: "leased" }, ...toNext];

function begunWith(count: number, settings: Partial<typeof botSettings> = {}): World {
  const world = new World({ ...botSettings, ...settings });
  for (const event of beforeProcess.slice(0, count)) world.give(event);
  return world;
}

function finishOf({ effects }: World) {
  return effects.at(-1);
}

describe("a request to stop", () => {
  test.each([1, 2, 3, 4])(
    "that comes before there is a process ends the run at once (after %i steps)",
    (count) => {
      const world = begunWith(count);
      world.give(stop);
      expect(finishOf(world)).toMatchObject({
        do: "finish",
        ending: { exitStatus: 143, by: "launcher", reason: "stopped by SIGTERM" },
      });
    },
  );

  test("that comes while a process is being started waits for it", () => {
    const world = begunWith(5);
    expect(world.state.phase).toBe("spawning");
    world.give(stop);
    expect(doings(world, 2)).toEqual(["unwatch", "stop-tree"]);
  });

  test.each([
    [{ ...stop, signal: "INT" }, 130, "stopped by SIGINT"],
    [{ ...stop, signal: "disconnect" }, 143, "stopped: the program that started it is gone"],
    [stopByAnn, 0, "stopped by user:ann"],
  ] satisfies [BotEvent, number, string][])(
    "tells a shell of %j by the status %i",
    (event, exitStatus, reason) => {
      const world = begunWith(2);
      world.give(event);
      expect(finishOf(world)).toMatchObject({ ending: { exitStatus, reason, by: "launcher" } });
    },
  );

  test("of a bot that has run ends well, and gives it time", () => {
    const world = botAfter([stop]);
    expect(world.effects.slice(-2)).toEqual([{ do: "unwatch" }, { do: "stop-tree", isUrgent: false }]);
    world.give({ type: "stopped" });
    expect(finishOf(world)).toMatchObject({ ending: { exitStatus: 0, by: "launcher" } });
  });

  test("that is said twice hurries, unless an operator says it", () => {
    const world = botAfter([stop]);
    const { length } = world.effects;
    world.give(stopByAnn);
    expect(world.effects).toHaveLength(length);
    world.give(stop);
    expect(finishOf(world)).toEqual({ do: "stop-tree", isUrgent: true });
  });

  test("that comes while the tree stops for a restart ends the run instead", () => {
    const world = botAfter([{ type: "restart-asked", by: "user:ann" }]);
    const { length } = world.effects;
    world.give(stop);
    expect(world.effects).toHaveLength(length);
    world.give({ type: "stopped" });
    expect(finishOf(world)).toMatchObject({ do: "finish", ending: { exitStatus: 0 } });
  });
});

test("the status that a signal leaves is the one of shells", () => {
  const names = Object.keys(constants.signals).flatMap((name) => {
    const short = name.replace(/^SIG/, "");
    const known = statusOfSignal(short) !== 128;
    return known ? [[short, 128 + constants.signals[name as NodeJS.Signals]] as const] : [];
  });
  expect(names.length).toBeGreaterThanOrEqual(15);
  for (const [name, status] of names) expect(statusOfSignal(name)).toBe(status);
  expect([statusOfSignal("NONE"), statusOfSignal(undefined)]).toEqual([128, 128]);
});

describe("a lost lease and a failed task", () => {
  const lost: BotEvent = { type: "lease-lost", reason: "taken" };

  test.each([
    ["lease-lost", lost, { exitStatus: 75, code: "LAUNCH_LEASE_LOST", reason: "taken" }],
    ["task-failed", failed, { exitStatus: 75, code: "LAUNCH_STORE_UNREACHABLE" }],
  ] as const)("cut and stop at once: %s", (_what, event, ending) => {
    const world = botAfter([event]);
    expect(world.gate).toBe("cut");
    expect(world.effects.at(-1)).toEqual({ do: "stop-tree", isUrgent: true });
    world.give({ type: "stopped" });
    expect(finishOf(world)).toMatchObject({ do: "finish", ending });
  });

  test("is said, so that whoever reads the log knows why", () => {
    expect(botAfter([lost]).effects).toContainEqual({ do: "say", level: "error", text: "taken" });
  });

  test("hurry a tree that stops already", () => {
    const world = botAfter([{ type: "restart-asked", by: "user:ann" }, lost]);
    expect(world.effects.slice(-2)).toEqual([
      { do: "cut", reason: "taken" },
      { do: "stop-tree", isUrgent: true },
    ]);
    world.give({ type: "stopped" });
    expect(finishOf(world)).toMatchObject({ ending: { code: "LAUNCH_LEASE_LOST" } });
    const stuck = botAfter([{ type: "restart-asked", by: "user:ann" }, failed]);
    expect(finishOf(stuck)).toMatchObject({ do: "finish", ending: { code: "LAUNCH_STORE_UNREACHABLE" } });
  });
});

describe("a bot that goes past its relay", () => {
  const lose: readonly BotEvent[] = [
    { type: "transport-suspected", reason: "refused" },
    { type: "exit-lost", cause: "transport", reason: "refused", random01: 0.5 },
    { type: "stopped" },
  ];

  test.each([
    ["running", []],
    ["verifying", [{ type: "transport-suspected", reason: "refused" }]],
    ["preparing", [wanted()]],
    ["leaving", [wanted(), granted]],
    ["spawning", [crash, { type: "stopped" }, { type: "waited" }]],
    ["recovering", [...lose, ...toNext]],
  ] satisfies [string, BotEvent[]][])(
    "is cut and killed while %s, and nothing starts it again",
    (phase, events) => {
      const world = botAfter(events, { hasOnLost: true });
      expect(world.state.phase).toBe(phase);
      world.give(leak);
      expect(world.effects.slice(-2)).toEqual([
        { do: "cut", reason: "own address" },
        { do: "stop-tree", isUrgent: true },
      ]);
      world.give({ type: "stopped" });
      expect(finishOf(world)).toMatchObject({ ending: { exitStatus: 78, code: "LAUNCH_TIER_UNAVAILABLE" } });
    },
  );
});

describe("a process that ends by itself", () => {
  test("ends the run where it is never to be started again, and takes what it left with it at once", () => {
    const world = botAfter([crash], { restart: "never" });
    expect(world.effects.at(-1)).toEqual({ do: "stop-tree", isUrgent: true });
    world.give({ type: "stopped" });
    const ending = { exitStatus: 3, by: "bot", reason: "exited with code 3" };
    expect(finishOf(world)).toMatchObject({ do: "finish", ending });
  });

  test("is started again where that is always wanted, and what it left gets time to end", () => {
    const world = botAfter([{ ...crash, code: 0 }], { restart: "always" });
    expect(world.effects.at(-1)).toEqual({ do: "stop-tree", isUrgent: false });
    world.give({ type: "stopped" });
    expect(world.state).toMatchObject({ phase: "backing_off", reason: "exited with code 0" });
    expect(world.effects.at(-1)).toMatchObject({ do: "wait", ms: expect.any(Number) });
  });

  test("by a signal says which", () => {
    const killed: BotEvent = { type: "exited", code: undefined, signal: "KILL", random01: 0.5 };
    const world = botAfter([killed, { type: "stopped" }], { restart: "never" });
    expect(finishOf(world)).toMatchObject({ ending: { exitStatus: 137, reason: "was killed by SIGKILL" } });
  });

  test("too often says how often, and gives what it left time to end", () => {
    const again: readonly BotEvent[] = [
      { type: "stopped" },
      { type: "waited" },
      { type: "spawned", pid: 8 },
      { type: "greeted" },
    ];
    const world = botAfter(Array.from({ length: 10 }, () => [{ ...crash, random01: 0 }, ...again]).flat());
    world.give(crash);
    expect(world.effects.at(-1)).toEqual({ do: "stop-tree", isUrgent: false });
    world.give({ type: "stopped" });
    const reason = "exited with code 3; that was restart 11 within 10 min, which is too many";
    expect(finishOf(world)).toMatchObject({ ending: { exitStatus: 71, reason } });
  });

  test("before it was greeted counts as a crash", () => {
    const world = begunWith(5);
    world.give({ type: "spawned", pid: 7 });
    expect(doings(world, 1)).toEqual(["await-hello"]);
    world.give(crash);
    expect(world.state).toMatchObject({ phase: "stopping", next: { kind: "restart" } });
  });

  test("while it waits behind a cut relay is started anew on the next exit", () => {
    for (const count of [0, 1, 2]) {
      const lost: BotEvent = { type: "exit-lost", cause: "drift", reason: "other", random01: 0.5 };
      const events = [
        { type: "drift-seen", reason: "other" } as const,
        lost,
        ...toNext.slice(0, count),
        crash,
      ];
      const world = botAfter(events, { onFailover: "reconnect" });
      for (const event of toNext.slice(count)) world.give(event);
      expect(world.effects.at(-1)).toMatchObject({ do: "spawn", exit: { label: fra.label } });
    }
  });
});

test("a bot that is not greeted is killed at once", () => {
  const world = begunWith(5);
  for (const event of [
    { type: "spawned", pid: 7 },
    { type: "not-greeted", reason: "wrapper" },
  ] satisfies BotEvent[])
    world.give(event);
  expect(world.effects.at(-1)).toEqual({ do: "stop-tree", isUrgent: true });
});

test("a run begins with its lease, the choice and its proof, each asked for once", () => {
  const world = begunWith(5);
  const tasks = ["acquire-lease", "choose", "prove", "claim-exit", "spawn"];
  expect(world.effects.map((effect) => effect.do).filter((name) => tasks.includes(name))).toEqual(tasks);
});
