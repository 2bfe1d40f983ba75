import { describe, expect, test } from "vitest";
import type { BotEvent } from "../../../../lib/policy/machine/event.ts";
import { botAfter, doings, fra, granted, notProved, toNext, wanted } from "../../../support/machine/world.ts";

describe("a lost exit", () => {
  const lost: BotEvent = { type: "exit-lost", cause: "transport", reason: "refused", random01: 0.5 };
  const lose: readonly BotEvent[] = [
    { type: "transport-suspected", reason: "refused" },
    lost,
    { type: "stopped" },
  ];

  test("is told to the fleet's pace with the first choice alone", () => {
    const world = botAfter(lose);
    expect(world.effects.at(-1)).toMatchObject({ do: "choose", left: { cause: "transport" } });
    world.give({ type: "chosen", candidate: fra });
    world.give(notProved);
    expect(world.effects.at(-1)).toMatchObject({ do: "choose", left: undefined });
  });

  test.each([true, false])(
    "is cleaned up after on the next exit, behind its gate, before the bot starts (hello: %s)",
    (needsHello) => {
      const world = botAfter([...lose, ...toNext], { hasOnLost: true, needsHello });
      const gate = needsHello ? "shut" : "open";
      expect([world.state.phase, world.gate, world.hasChild]).toEqual(["recovering", gate, false]);
      expect(doings(world, 1)).toEqual(["run-on-lost"]);
      world.give({ type: "recovered", isSeenInside: true });
      expect(world.effects.at(-1)).toMatchObject({ do: "spawn", exit: { isSeenInside: true } });
      expect(world.gate).toBe(gate);
    },
  );

  test("is not cleaned up after by a bot without such a hook, nor after a switch that the bot was told of", () => {
    for (const world of [
      botAfter([...lose, ...toNext]),
      botAfter([wanted(), granted, { type: "left" }, { type: "stopped" }, ...toNext], { hasOnLost: true }),
    ])
      expect(world.state.phase).toBe("spawning");
  });

  test("whose hook cannot run on the next exit either is cleaned up after on the one after it", () => {
    const world = botAfter([...lose, ...toNext, notProved], { hasOnLost: true });
    expect(doings(world, 2)).toEqual(["release-exit", "choose"]);
    expect(world.effects.at(-2)).toMatchObject({ why: notProved.setAside.why });
    for (const event of toNext) world.give(event);
    expect(world.state.phase).toBe("recovering");
  });

  test("is cleaned up after although no exit could be found for a while", () => {
    const none: BotEvent = {
      type: "no-exit",
      reason: "all cooling",
      hint: undefined,
      exitStatus: 75,
      retryInMs: 1_000,
      code: "LAUNCH_PROXY_UNAVAILABLE",
    };
    const world = botAfter([...lose, none, { type: "waited" }, ...toNext], { hasOnLost: true });
    expect(world.state.phase).toBe("recovering");
  });

  test("leaves its hook's exit when an operator takes that one away: the hook is stopped, and asked again on the next", () => {
    const world = botAfter([...lose, ...toNext], { hasOnLost: true });
    world.give({ type: "operator-changed", cause: "demoted", reason: "demoted" });
    expect([world.state.phase, world.gate]).toEqual(["stopping", "cut"]);
    world.give({ type: "stopped" });
    for (const event of toNext) world.give(event);
    expect(world.state.phase).toBe("recovering");
  });

  test("whose hook runs is stopped with the tree when the run is to end", () => {
    const world = botAfter([...lose, ...toNext], { hasOnLost: true });
    world.give({ type: "stop-asked", signal: "TERM" });
    expect(doings(world, 1)).toEqual(["stop-tree"]);
  });
});
