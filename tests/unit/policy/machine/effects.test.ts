import { describe, expect, test } from "vitest";
import type { BotEvent } from "../../../../lib/policy/machine/event.ts";
import {
  botAfter,
  botSettings,
  doings,
  drift,
  fra,
  granted,
  notProved,
  proof,
  refused,
  toNext,
  World,
  wanted,
} from "../../../support/machine/world.ts";

const suspected: BotEvent = { type: "transport-suspected", reason: "refused" };
const lost: BotEvent = { type: "exit-lost", cause: "transport", reason: "refused", random01: 0.5 };
const crash: BotEvent = { type: "exited", code: 3, signal: undefined, random01: 0.5 };
const stopped: BotEvent = { type: "stopped" };
const taken: BotEvent = { type: "operator-changed", cause: "demoted", reason: "fra-1 was demoted" };
const rotate: BotEvent = { type: "rotate-asked", by: "user:ann" };
const restart: BotEvent = { type: "restart-asked", by: "user:ann" };
const check: BotEvent = { type: "check-asked" };
const none = (change: Partial<Extract<BotEvent, { readonly type: "no-exit" }>> = {}): BotEvent => ({
  type: "no-exit",
  reason: "all cooling",
  hint: undefined,
  exitStatus: 75,
  retryInMs: 41_000,
  code: "LAUNCH_PROXY_UNAVAILABLE",
  ...change,
});

function collector(): World {
  const world = new World({ ...botSettings, kind: "collector" });
  for (const event of [{ type: "start" }, { type: "leased" }] satisfies BotEvent[]) world.give(event);
  return world;
}

describe("what is said", () => {
  const said = (world: World) =>
    world.effects.flatMap((effect) => (effect.do === "say" ? [effect.text] : [])).at(-1);

  test.each<[string, BotEvent[], RegExp]>([
    ["of an exit that is left", [suspected, lost], /^leaves fra-1 \(203\.0\.113\.7\): refused$/],
    [
      "of a restart",
      [{ ...crash, random01: 0.9 }, stopped],
      /^restarts on the same exit in 0\.9 s: exited with code 3$/,
    ],
    [
      "of a back-off",
      [wanted({ backOffMs: 90_000 }), granted, { type: "left" }, stopped],
      /^chooses its next exit in 90\.0 s: burned at binance; its own requests seem to be the cause, so it pauses before it moves$/,
    ],
    [
      "of a switch that is refused",
      [wanted(), refused("budget"), { type: "left" }, stopped],
      /^holds, nothing runs: refused: budget$/,
    ],
    [
      "of one that is refused again",
      [wanted(), refused("budget"), { type: "left" }, stopped, { type: "waited" }, refused("no_exit")],
      /^holds, nothing runs: refused: no_exit$/,
    ],
    ["where there is no exit", [taken, stopped, none()], /^holds, nothing runs: all cooling$/],
  ])("%s", (_what, events, text) => {
    expect(said(botAfter(events))).toMatch(text);
  });

  test("of an exit that is lost again and again, and how long it waits then", () => {
    const again: BotEvent[] = [
      stopped,
      { type: "waited" },
      ...toNext,
      { type: "spawned", pid: 8 },
      { type: "greeted" },
    ];
    const soon = { ...lost, random01: 0 };
    const world = botAfter(
      Array.from({ length: 10 }, () => [
        suspected,
        soon,
        ...again.filter(({ type }) => type !== "waited"),
      ]).flat(),
    );
    for (const event of [suspected, soon, stopped]) world.give(event);
    expect(world.state).toMatchObject({ phase: "holding" });
    expect(said(world)).toMatch(
      /^chooses its next exit in \d{3}\.\d s: it lost its exit too often: refused$/,
    );
  });
});

describe("a process that begins", () => {
  test("on an exit that was just taken has to see it from where it runs, and on one that it goes back to as well", () => {
    const first = botAfter([]).effects.find((effect) => effect.do === "spawn");
    expect(first).toMatchObject({ exit: { isSeenInside: false } });
    const next = botAfter([suspected, lost, stopped, ...toNext]).effects.at(-1);
    expect(next).toMatchObject({ do: "spawn", exit: { isSeenInside: false } });
  });

  test("is announced and watched once it may connect, on an exit that was seen from where it runs", () => {
    const world = botAfter([], { needsHello: false });
    expect(doings(world, 3)).toEqual(["open-gate", "announce-ready", "watch"]);
    expect(world.state).toMatchObject({ restarts: 0, exit: { isSeenInside: true } });
    for (const event of [
      crash,
      stopped,
      { type: "waited" },
      { type: "spawned", pid: 8 },
    ] satisfies BotEvent[])
      world.give(event);
    expect(world.state).toMatchObject({ phase: "running", restarts: 1, exit: { isSeenInside: true } });
  });

  test("of a collector has no exit, no gate and nobody to greet", () => {
    const world = collector();
    expect(world.effects.at(-1)).toEqual({ do: "spawn", exit: undefined });
    world.give({ type: "spawned", pid: 7 });
    expect(doings(world, 2)).toEqual(["announce-ready", "watch"]);
    expect(world.effects.some((effect) => effect.do.endsWith("-gate"))).toBe(false);
  });

  test("of a collector is neither checked, nor rotated, nor taken away from an exit that it has not", () => {
    const world = collector();
    world.give({ type: "spawned", pid: 7 });
    const { length } = world.effects;
    for (const event of [
      check,
      rotate,
      taken,
      suspected,
      drift,
      { type: "exit-check-matched" },
      wanted(),
    ] satisfies BotEvent[])
      world.give(event);
    expect(world.effects).toHaveLength(length);
    expect(world.state.phase).toBe("running");
    for (const event of [crash, stopped, rotate, taken] satisfies BotEvent[]) world.give(event);
    expect(world.state.phase).toBe("backing_off");
  });
});

describe("a bot behind the relay that was cut", () => {
  test("goes on there: its gate opens, the switch is told and watched", () => {
    const world = botAfter([suspected, lost], { onFailover: "reconnect" });
    expect(doings(world, 5)).toEqual(["unwatch", "cut", "say", "leave-exit", "choose"]);
    for (const event of toNext) world.give(event);
    expect(doings(world, 3)).toEqual(["open-gate", "announce-switch", "watch"]);
  });

  test("is stopped, with time to end, where there is no other exit", () => {
    const world = botAfter([suspected, lost, none()], { onFailover: "reconnect" });
    expect(world.effects.at(-1)).toEqual({ do: "stop-tree", isUrgent: false });
    world.give(stopped);
    expect(world.state.phase).toBe("choosing");
  });

  test("is stopped where an operator holds its account, whatever it would do else", () => {
    const world = botAfter([{ ...taken, cause: "held" }], { onFailover: "reconnect" });
    expect(world.effects.at(-1)).toEqual({ do: "stop-tree", isUrgent: false });
  });
});

describe("an exit that an operator takes away", () => {
  test.each<[string, BotEvent[]]>([
    ["running", []],
    ["verifying", [suspected]],
    ["preparing", [wanted()]],
    ["leaving", [wanted(), granted]],
  ])("is cut and left while %s", (phase, events) => {
    const world = botAfter(events);
    expect(world.state.phase).toBe(phase);
    world.give(taken);
    expect([world.state.phase, world.gate]).toEqual(["stopping", "cut"]);
    world.give(stopped);
    expect(world.effects.slice(-2)).toMatchObject([
      { do: "leave-exit", cause: "demoted" },
      { do: "choose", left: undefined, decision: { lost: { isSudden: true } } },
    ]);
  });

  test.each([
    [taken, "demoted", false],
    [rotate, "operator", true],
  ] as const)("is left at once where nothing runs: %j", (event, cause, isAway) => {
    const world = botAfter([crash, stopped, event]);
    expect(world.effects.slice(-3)).toMatchObject([
      { do: "cut" },
      { do: "leave-exit", cause },
      { do: "choose" },
    ]);
    const tried = isAway ? [{ proxyId: fra.proxyId, isLeft: true }] : [];
    expect(world.effects.at(-1)).toMatchObject({ decision: { tried } });
  });

  test("while a hook cleans up on it gives the hook time to end", () => {
    const world = botAfter([suspected, lost, stopped, ...toNext, taken], { hasOnLost: true });
    expect(world.effects.at(-1)).toEqual({ do: "stop-tree", isUrgent: false });
  });
});

describe("a restart", () => {
  test("that an operator asks for begins at once, gives time, and needs no waiting", () => {
    const world = botAfter([restart]);
    expect(world.effects.at(-1)).toEqual({ do: "stop-tree", isUrgent: false });
    const waiting = botAfter([crash, stopped, restart]);
    expect(waiting.effects.at(-1)).toMatchObject({ do: "spawn" });
  });

  test("of a bot whose exit is verified proves it again first, however fresh it was", () => {
    const world = botAfter([suspected, restart, stopped, { type: "waited" }]);
    expect(world.state.phase).toBe("proving");
  });

  test.each([
    [177_000, "spawning"],
    [177_001, "proving"],
  ])("after %i ms and three steps is %s: a proof of three minutes is fresh", (ms, phase) => {
    const world = botAfter([{ type: "exit-check-matched" }, restart, stopped]);
    world.nowMs += ms;
    world.give({ type: "waited" });
    expect(world.state.phase).toBe(phase);
  });

  test("whose exit cannot be proven again counts it as lost, with what the bot left open there", () => {
    const world = botAfter([suspected, restart, stopped, { type: "waited" }, notProved]);
    expect(world.effects.at(-1)).toMatchObject({ decision: { lost: { isSudden: true } } });
  });

  test("on an exit that is proven again does not ask whether it is seen from inside", () => {
    const world = botAfter([suspected, restart, stopped, { type: "waited" }, { type: "proved", proof }]);
    world.give({ type: "claimed", lease: { runId: "r" as never, token: 1 } });
    expect(world.effects.at(-1)).toMatchObject({ do: "spawn", exit: { isSeenInside: true } });
  });
});

describe("where there is no exit", () => {
  test("a bot that has run looks again soon, and on a host without a network when that is worth it", () => {
    expect(botAfter([taken, stopped, none()]).effects.at(-1)).toEqual({ do: "wait", ms: 5_000 });
    expect(botAfter([taken, stopped, none({ retryInMs: 1_000 })]).effects.at(-1)).toEqual({
      do: "wait",
      ms: 1_000,
    });
    const offline = none({ code: "LAUNCH_HOST_OFFLINE" });
    expect(botAfter([taken, stopped, offline]).effects.at(-1)).toEqual({ do: "wait", ms: 41_000 });
  });

  test("a switch that is refused names no time of its own", () => {
    const events = [
      wanted(),
      refused("budget"),
      { type: "left" } as const,
      stopped,
      { type: "waited" } as const,
    ];
    expect(botAfter([...events, refused("over")]).state).toMatchObject({ untilMs: undefined });
    const leaves = botAfter([crash, stopped, wanted()]);
    expect(leaves.effects.at(-1)).toMatchObject({ do: "prepare-switch", lost: { isSudden: true } });
  });

  test("what is refused to a bot that stays is asked again after half a minute at the earliest", () => {
    const soon = { ...refused("incident"), retryInMs: 1 };
    expect(botAfter([wanted(), soon]).effects.at(-1)).toEqual({ do: "wait", ms: 30_000 });
  });
});

describe("a verification", () => {
  test("is asked for with what was seen, and a bot that hangs is told of once its transport was in doubt", () => {
    const world = botAfter([suspected]);
    expect(world.effects.at(-1)).toMatchObject({ do: "verify-exit", suspicion: "transport" });
    world.give({ type: "heartbeat-lost", random01: 0.5 });
    expect(world.effects.at(-1)).toMatchObject({ do: "verify-exit", suspicion: "heartbeat" });
    const { length } = world.effects;
    world.give({ type: "heartbeat-lost", random01: 0.5 });
    expect(world.effects).toHaveLength(length);
  });

  test("of a transport pauses as soon as another address is seen", () => {
    const world = botAfter([suspected, drift]);
    expect([world.state, world.gate]).toMatchObject([{ suspicion: "drift" }, "paused"]);
  });

  test.each<[string, BotEvent[]]>([
    ["running", []],
    ["preparing", [wanted()]],
    ["leaving", [wanted(), granted]],
  ])("can be asked for while %s, and what matches is remembered", (phase, events) => {
    const world = botAfter([...events, check]);
    expect([world.state.phase, world.effects.at(-1)]).toEqual([phase, { do: "check-exit" }]);
    world.give({ type: "exit-check-matched" });
    expect(world.state).toMatchObject({ exit: { confirmedAtMs: world.nowMs } });
  });
});
