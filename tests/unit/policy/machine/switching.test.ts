import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ProxyId } from "../../../../lib/domain/ids.ts";
import type { BotEvent, SwitchRefusal } from "../../../../lib/policy/machine/event.ts";
import type { Tried } from "../../../../lib/policy/machine/state.ts";
import {
  anyPicks,
  anySettings,
  botAfter,
  doings,
  drift,
  fra,
  granted,
  play,
  refused,
  toNext,
  wanted,
} from "../../../support/machine/world.ts";

describe("a bot whose exit is wanted to be left", () => {
  test("runs on, with its connections, until another exit is proven and the switch granted", () => {
    const world = botAfter([wanted()]);
    expect([world.state.phase, world.gate, world.hasChild]).toEqual(["preparing", "open", true]);
    expect(doings(world, 1)).toEqual(["prepare-switch"]);
    world.give(granted);
    expect([world.state.phase, world.gate]).toEqual(["leaving", "open"]);
    expect(doings(world, 1)).toEqual(["tell-leaving"]);
  });

  test("edge case 15: is cut only once it and its hook are done, and stopped before anything is chosen", () => {
    const world = botAfter([wanted(), granted, { type: "left" }]);
    expect([world.state.phase, world.gate]).toEqual(["stopping", "cut"]);
    world.give({ type: "stopped" });
    expect(world.effects.slice(-2)).toMatchObject([
      { do: "leave-exit", cause: "burned", reason: "burned at binance" },
      { do: "choose", left: undefined, decision: { lost: { isSudden: false } } },
    ]);
  });

  test("does not come back in the same decision to the exit it left, nor to what failed before it left", () => {
    const tried: readonly Tried[] = [
      { proxyId: "p-2" as Tried["proxyId"], why: "is refused", retryClass: "returns" },
    ];
    const world = botAfter([
      wanted(),
      { type: "switch-granted", tried },
      { type: "left" },
      { type: "stopped" },
    ]);
    expect(world.effects.at(-1)).toMatchObject({
      decision: { tried: [{ proxyId: fra.proxyId, isLeft: true }, { proxyId: "p-2" }] },
    });
  });

  test("keeps its process behind the cut relay where it reconnects", () => {
    const world = botAfter([wanted(), granted, { type: "left" }], { onFailover: "reconnect" });
    expect([world.state.phase, world.gate, world.hasChild]).toEqual(["choosing", "cut", true]);
    for (const event of toNext) world.give(event);
    expect([world.state.phase, world.gate]).toEqual(["running", "open"]);
  });

  test("is stopped for as long as it earned its ban, even where it would reconnect", () => {
    const world = botAfter([wanted({ backOffMs: 90_000 }), granted, { type: "left" }, { type: "stopped" }], {
      onFailover: "reconnect",
    });
    expect(world.state.phase).toBe("holding");
    expect(world.effects.at(-1)).toEqual({ do: "wait", ms: 90_000 });
    world.give({ type: "waited" });
    expect(world.state.phase).toBe("choosing");
  });

  test("that ends while it is told goes on to its next exit at once, whatever it ended with", () => {
    const world = botAfter(
      [wanted(), granted, { type: "exited", code: 0, signal: undefined, random01: 0.5 }],
      {
        onFailover: "reconnect",
      },
    );
    expect(world.state.phase).toBe("stopping");
    world.give({ type: "stopped" });
    expect(world.state).toMatchObject({ phase: "choosing", decision: { lost: { isSudden: false } } });
  });

  test("is cut at once when its exit drifts while it is told, without blame that nobody has proven", () => {
    const world = botAfter([wanted(), granted, drift]);
    expect([world.state.phase, world.gate]).toEqual(["stopping", "cut"]);
    world.give({ type: "stopped" });
    expect(world.effects.slice(-2)).toMatchObject([
      { do: "leave-exit", cause: "burned", drift: "w saw 203.0.113.9" },
      { do: "choose", decision: { lost: { isSudden: true } } },
    ]);
  });

  test("is paused when its exit drifts while another one is looked for, and leaves all the same once it is cleared", () => {
    const world = botAfter([wanted(), drift]);
    expect([world.state.phase, world.gate]).toEqual(["verifying", "paused"]);
    world.give({ type: "exit-confirmed", random01: 0.5 });
    expect([world.state.phase, world.gate]).toEqual(["preparing", "open"]);
    expect(doings(world, 1)).toEqual(["prepare-switch"]);
  });

  test("does not give up looking for another one because a connection failed or a heartbeat is missing", () => {
    const world = botAfter([wanted()]);
    const { length } = world.effects;
    world.give({ type: "transport-suspected", reason: "reset" });
    world.give({ type: "heartbeat-lost", random01: 0.5 });
    expect(world.effects).toHaveLength(length);
    expect(world.state.phase).toBe("preparing");
  });

  test("hears of a graver reason while another exit is looked for, and not of the same one again", () => {
    const world = botAfter([wanted({ cause: "slow_burn", mustLeave: false })]);
    const { length } = world.effects;
    world.give(wanted({ cause: "expiring", mustLeave: false }));
    expect(world.effects).toHaveLength(length);
    world.give(wanted());
    expect(world.effects.at(-1)).toMatchObject({ do: "prepare-switch", want: { cause: "burned" } });
  });

  test("leaves after its exit was verified, when the reason came meanwhile", () => {
    const world = botAfter([{ type: "transport-suspected", reason: "reset" }, wanted()]);
    expect(world.state.phase).toBe("verifying");
    world.give({ type: "exit-confirmed", random01: 0.5 });
    expect(world.state.phase).toBe("preparing");
  });
});

describe("a switch that is refused", () => {
  const stays: readonly SwitchRefusal[] = ["incident", "store"];
  const stops: readonly SwitchRefusal[] = ["budget", "no_exit"];

  test.each([...stays, ...stops, "over" as const])(
    "for %s leaves a bot where it is that may stay",
    (because) => {
      const world = botAfter([wanted({ cause: "slow_burn", mustLeave: false }), refused(because)]);
      expect([world.state.phase, world.gate]).toEqual(["running", "open"]);
      expect(world.effects.some((effect) => effect.do === "cut")).toBe(false);
    },
  );

  test.each(stays)(
    "for %s, which is no fault of the exit, leaves even one that must leave, and is tried again",
    (because) => {
      const world = botAfter([wanted(), refused(because)]);
      expect([world.state.phase, world.gate]).toEqual(["running", "open"]);
      expect(world.effects.at(-1)).toEqual({ do: "wait", ms: 120_000 });
      world.give({ type: "waited" });
      expect(world.state.phase).toBe("preparing");
    },
  );

  test.each(stops)("for %s stops one that must leave, after its moment, and holds", (because) => {
    const world = botAfter([wanted(), refused(because)]);
    expect([world.state.phase, world.gate]).toEqual(["leaving", "open"]);
    world.give({ type: "left" });
    expect([world.state.phase, world.gate]).toEqual(["stopping", "cut"]);
    world.give({ type: "stopped" });
    const untilMs = because === "budget" ? world.nowMs + 120_000 : undefined;
    expect(world.state).toMatchObject({ phase: "holding", reason: `refused: ${because}`, untilMs });
    // An operator may add a proxy at any time; a budget has its own.
    expect(world.effects.at(-1)).toEqual({ do: "wait", ms: because === "budget" ? 120_000 : 5_000 });
  });

  test("holds until it is granted, and a refusal is not a choice", () => {
    const world = botAfter([
      wanted(),
      refused("budget"),
      { type: "left" },
      { type: "stopped" },
      { type: "waited" },
    ]);
    expect(world.state.phase).toBe("holding");
    expect(world.effects.at(-1)).toMatchObject({ do: "prepare-switch", exit: undefined });
    expect(world.state).not.toHaveProperty("untilMs");
    world.give(refused("budget"));
    expect(world.state).toMatchObject({ phase: "holding", untilMs: world.nowMs + 120_000 });
    world.give({ type: "waited" });
    world.give(granted);
    expect(world.effects.at(-1)).toMatchObject({ do: "choose" });
  });

  test.each(["restart-asked", "rotate-asked"] as const)("is passed by an operator's %s", (type) => {
    const world = botAfter([wanted(), refused("budget"), { type: "left" }, { type: "stopped" }]);
    world.give({ type, by: "user:ann" });
    expect(world.state.phase).toBe("choosing");
  });

  test("because what it was wanted for is over forgets it, running and holding", () => {
    const running = botAfter([wanted(), refused("over")]);
    expect(running.state).toMatchObject({ phase: "running", want: undefined });
    const holding = botAfter([
      wanted(),
      refused("budget"),
      { type: "left" },
      { type: "stopped" },
      { type: "waited" },
    ]);
    holding.give(refused("over"));
    expect(holding.effects.at(-1)).toEqual({ do: "wait", ms: 0 });
    holding.give({ type: "waited" });
    expect(holding.state.phase).toBe("choosing");
  });

  test("is not waited for any longer once the exit that was left may be used again, and that one alone", () => {
    const world = botAfter([wanted(), refused("budget"), { type: "left" }, { type: "stopped" }]);
    const lost = world.state.phase === "holding" ? world.state.lost : undefined;
    const returned = { type: "exit-returned", reason: "nothing is held against it" } as const;
    world.give({ ...returned, proxyId: "another" as ProxyId });
    expect(world.state.phase).toBe("holding");
    const proxyId = lost?.proxyId ?? ("" as ProxyId);
    world.give({ ...returned, proxyId });
    expect(world.effects.at(-1)).toMatchObject({
      do: "choose",
      decision: { lost, tried: [], back: proxyId },
    });
  });

  test("is not asked for again by the same want before its time, verified or not", () => {
    const want = wanted({ cause: "slow_burn", mustLeave: false });
    const world = botAfter([want, refused("incident")]);
    world.give(want);
    expect(world.state.phase).toBe("running");
    world.give({ type: "transport-suspected", reason: "reset" });
    world.give({ type: "exit-confirmed", random01: 0.5 });
    expect(world.state.phase).toBe("running");
    expect(world.effects.at(-1)).toMatchObject({ do: "wait" });
    world.give({ type: "waited" });
    expect(world.state).toMatchObject({ phase: "running", want: undefined });
    world.give(want);
    expect(world.state.phase).toBe("preparing");
  });

  test("does not keep a graver want waiting", () => {
    const world = botAfter([wanted({ cause: "slow_burn", mustLeave: false }), refused("incident"), wanted()]);
    expect(world.effects.at(-1)).toMatchObject({ do: "prepare-switch", want: { cause: "burned" } });
  });
});

describe("a process that ends where nothing of the bot may stay", () => {
  const crash: BotEvent = { type: "exited", code: 1, signal: undefined, random01: 0.5 };

  test.each([
    ["while another exit is looked for", [wanted(), crash]],
    ["while its exit is verified", [drift, wanted(), crash]],
    ["by an operator's restart", [wanted(), { type: "restart-asked", by: "user:ann" }]],
    [
      "because it hangs",
      [{ type: "heartbeat-lost", random01: 0.5 }, wanted(), { type: "exit-confirmed", random01: 0.5 }],
    ],
  ] satisfies [string, BotEvent[]][])(
    "%s is not started there again: the switch is asked for with nothing running",
    (_, events) => {
      const world = botAfter([...events, { type: "stopped" }]);
      expect(doings(world, 2)).toEqual(["leave-exit", "prepare-switch"]);
      expect(world.state.phase).toBe("holding");
      world.give(granted);
      expect(world.effects.at(-1)).toMatchObject({ do: "choose", decision: { lost: { isSudden: true } } });
    },
  );

  test("is started there again where it may stay", () => {
    const world = botAfter([wanted({ cause: "expiring", mustLeave: false }), crash, { type: "stopped" }]);
    expect(world.state.phase).toBe("backing_off");
  });

  test("leaves the exit it waits on when the reason comes only then", () => {
    const world = botAfter([crash, { type: "stopped" }]);
    world.give(wanted({ cause: "expiring", mustLeave: false }));
    expect(world.state.phase).toBe("backing_off");
    world.give(wanted());
    expect(doings(world, 3)).toEqual(["cut", "leave-exit", "prepare-switch"]);
  });
});

describe("a rotation", () => {
  test("waits for another exit like any switch, and an operator's word replaces what was wanted before", () => {
    const world = botAfter([wanted(), { type: "rotate-asked", by: "user:ann" }]);
    expect(world.effects.at(-1)).toMatchObject({ do: "prepare-switch", want: { cause: "operator" } });
    for (const event of [granted, { type: "left" }, { type: "stopped" }] satisfies BotEvent[])
      world.give(event);
    expect(world.effects.at(-2)).toMatchObject({ do: "leave-exit", cause: "operator" });
  });

  test("that is refused leaves nothing behind", () => {
    const world = botAfter([{ type: "rotate-asked", by: "user:ann" }, refused("no_exit")]);
    expect(world.state).toMatchObject({ phase: "running", want: undefined });
    expect(doings(world, 1)).toEqual(["say"]);
  });

  test("of an exit in doubt leaves at once, and is counted with the choice", () => {
    const world = botAfter([
      { type: "transport-suspected", reason: "reset" },
      { type: "rotate-asked", by: "user:ann" },
    ]);
    expect(world.gate).toBe("cut");
    world.give({ type: "stopped" });
    expect(world.effects.at(-1)).toMatchObject({ do: "choose", left: { cause: "operator" } });
  });
});

describe("whatever happens, in any order, around a switch", () => {
  const bots = anySettings.map((settings) => ({ ...settings, kind: "bot" as const }));

  test("an exit that drifts while its bot is told to leave is cut at once", () => {
    fc.assert(
      fc.property(bots, anyPicks, (settings, picks) => {
        const world = play(settings, picks);
        if (world.state.phase !== "leaving") return;
        world.give(drift);
        expect(world.gate).toBe("cut");
      }),
      { numRuns: 2_000 },
    );
  });

  test("a bot that may stay leaves for a reason of the fleet's only once that is granted", () => {
    fc.assert(
      fc.property(bots, anyPicks, (settings, picks) => {
        const world = play(settings, picks);
        const isUngranted = world.effects.some(
          (effect, index) =>
            effect.do === "leave-exit" &&
            effect.cause === "slow_burn" &&
            !world.effects.slice(0, index).some((before) => before.do === "tell-leaving"),
        );
        expect(isUngranted).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});
