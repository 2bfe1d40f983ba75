import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BotEvent } from "../../../../lib/policy/machine/event.ts";
import { rows } from "../../../../lib/policy/machine/table/machine.ts";
import { walkMachine } from "../../../support/machine/walk.ts";
import {
  anyPicks,
  anySettings,
  botSettings,
  claimed,
  fra,
  notProved,
  play,
  proof,
  runningBot,
  World,
} from "../../../support/machine/world.ts";

describe("whatever happens, in any order", () => {
  test("edge case 14: no event is impossible, no process is started beside another or without an exit, nothing follows the end", () => {
    fc.assert(
      fc.property(anySettings, anyPicks, (settings, picks) => {
        expect(play(settings, picks).faults).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a request to stop leads to the end as soon as the tree has stopped", () => {
    fc.assert(
      fc.property(anySettings, anyPicks, (settings, picks) => {
        const world = play(settings, picks);
        if (world.isOver || world.state.phase === "idle") return;
        world.give({ type: "stop-asked", signal: "INT" });
        for (let i = 0; i < 3 && !world.isOver; i++) world.give({ type: "stopped" });
        expect(world.isOver).toBe(true);
      }),
    );
  });

  test("a lost lease leaves the gate cut, and a seen drift paused until it is verified or cut, until an exit is proven anew", () => {
    fc.assert(
      fc.property(anySettings, anyPicks, fc.boolean(), (settings, picks, isLease) => {
        const world = play({ ...settings, kind: "bot" }, picks);
        const { phase } = world.state;
        if (world.isOver || phase === "idle") return;
        if (!isLease && !["running", "verifying", "preparing"].includes(phase)) return;
        world.give(
          isLease ? { type: "lease-lost", reason: "taken" } : { type: "drift-seen", reason: "other" },
        );
        expect(world.gate).toBe(isLease ? "cut" : "paused");
      }),
    );
  });
});

describe("a bot", () => {
  test("whose exit drifts is paused before anything is asked, goes on when the others see it, and else is cut", () => {
    const world = runningBot();
    world.give({ type: "drift-seen", reason: "other address", witness: "w" });
    expect(world.effects.slice(-2)).toMatchObject([
      { do: "pause-gate" },
      { do: "verify-exit", drift: { reason: "other address", witness: "w" } },
    ]);
    expect(world.gate).toBe("paused");
    world.give({ type: "exit-confirmed", random01: 0.5 });
    expect([world.state.phase, world.gate]).toEqual(["running", "open"]);
    world.give({ type: "drift-seen", reason: "other address", witness: "w" });
    world.give({ type: "exit-lost", cause: "drift", reason: "other address", random01: 0.5 });
    expect([world.state.phase, world.gate]).toEqual(["stopping", "cut"]);
  });

  test("that is asked to stop while its exit is verified is cut, since nobody opens its gate any more", () => {
    const world = runningBot();
    world.give({ type: "drift-seen", reason: "other address", witness: "w" });
    world.give({ type: "stop-asked", signal: "TERM" });
    expect([world.state.phase, world.gate]).toEqual(["stopping", "cut"]);
  });

  test("has its gate opened only by the preload's hello when its tier needs one", () => {
    const world = new World(botSettings);
    for (const event of [
      { type: "start" },
      { type: "leased" },
      { type: "chosen", candidate: fra },
      { type: "proved", proof },
      claimed,
      { type: "spawned", pid: 7 },
    ] satisfies BotEvent[]) {
      world.give(event);
      expect(world.gate).toBe("shut");
    }
    world.give({ type: "greeted" });
    expect(world.gate).toBe("open");
  });

  test("whose exit is not seen from inside is not started: the gate shuts and the next candidate is tried", () => {
    const world = new World({ ...botSettings, needsHello: false });
    for (const event of [
      { type: "start" },
      { type: "leased" },
      { type: "chosen", candidate: fra },
      { type: "proved", proof },
      claimed,
      notProved,
    ] satisfies BotEvent[])
      world.give(event);
    expect([world.state.phase, world.gate]).toEqual(["choosing", "shut"]);
    expect(world.effects.at(-1)).toMatchObject({
      do: "choose",
      decision: { tried: [{ proxyId: fra.proxyId }] },
    });
  });

  test("that is not greeted is killed and ends with 78, nothing having left", () => {
    const world = new World(botSettings);
    for (const event of [
      { type: "start" },
      { type: "leased" },
      { type: "chosen", candidate: fra },
      { type: "proved", proof },
      claimed,
      { type: "spawned", pid: 7 },
      { type: "not-greeted", reason: "wrapper" },
      { type: "stopped" },
    ] satisfies BotEvent[])
      world.give(event);
    expect(world.effects.at(-1)).toMatchObject({
      do: "finish",
      ending: { exitStatus: 78, code: "LAUNCH_TIER_UNAVAILABLE" },
    });
    expect(world.effects.some((effect) => effect.do === "open-gate")).toBe(false);
  });

  test("that ends with 0 ends the run with 0, and its failure restarts it on the same exit", () => {
    const done = runningBot();
    done.give({ type: "exited", code: 0, signal: undefined, random01: 0.5 });
    done.give({ type: "stopped" });
    expect(done.effects.at(-1)).toMatchObject({ do: "finish", ending: { exitStatus: 0, by: "bot" } });

    const crashed = runningBot();
    crashed.give({ type: "exited", code: 3, signal: undefined, random01: 0.5 });
    crashed.give({ type: "stopped" });
    expect(crashed.state.phase).toBe("backing_off");
    crashed.give({ type: "waited" });
    expect(crashed.effects.at(-1)).toMatchObject({ do: "spawn", exit: { label: "fra-1" } });
    expect(crashed.effects.some((effect) => effect.do === "leave-exit")).toBe(false);
  });

  test("that hangs is restarted on the same exit, and fails over when its exit is bad", () => {
    const hung = runningBot();
    hung.give({ type: "heartbeat-lost", random01: 0.5 });
    hung.give({ type: "exit-confirmed", random01: 0.5 });
    hung.give({ type: "stopped" });
    expect(hung.state.phase).toBe("backing_off");

    const lost = runningBot();
    lost.give({ type: "heartbeat-lost", random01: 0.5 });
    lost.give({ type: "exit-lost", cause: "transport", reason: "refused", random01: 0.5 });
    lost.give({ type: "stopped" });
    expect(lost.effects.slice(-2).map((effect) => effect.do)).toEqual(["leave-exit", "choose"]);
  });

  test("whose transport is in doubt keeps its connections until the doubt is settled", () => {
    const world = runningBot();
    world.give({ type: "transport-suspected", reason: "refused" });
    expect(world.gate).toBe("open");
    world.give({ type: "exit-confirmed", random01: 0.5 });
    expect(world.state.phase).toBe("running");
  });

  test("that crashes too often ends with 71", () => {
    const world = runningBot();
    for (let i = 0; i < 12 && !world.isOver; i++) {
      world.give({ type: "exited", code: 1, signal: undefined, random01: 0 });
      world.give({ type: "stopped" });
      if (world.isOver) break;
      world.give({ type: "waited" });
      world.give({ type: "spawned", pid: 8 + i });
      world.give({ type: "greeted" });
    }
    expect(world.effects.at(-1)).toMatchObject({
      do: "finish",
      ending: { exitStatus: 71, code: "LAUNCH_RESTART_BUDGET_SPENT" },
    });
  });

  test("stays alive behind a cut relay while it is moved by reconnect", () => {
    const world = runningBot({ ...botSettings, onFailover: "reconnect" });
    world.give({ type: "drift-seen", reason: "other" });
    world.give({ type: "exit-lost", cause: "drift", reason: "other", random01: 0.5 });
    expect(world.gate).toBe("cut");
    for (const event of [
      { type: "chosen", candidate: fra },
      { type: "proved", proof },
      claimed,
    ] satisfies BotEvent[])
      world.give(event);
    expect(world.state.phase).toBe("running");
    expect(world.gate).toBe("open");
    expect(world.effects.filter((effect) => effect.do === "spawn")).toHaveLength(1);
  });

  test("without an eligible proxy ends at the first start and holds after it has run", () => {
    const none: BotEvent = {
      type: "no-exit",
      reason: "all cooling",
      hint: undefined,
      exitStatus: 75,
      retryInMs: 41_000,
      code: "LAUNCH_PROXY_UNAVAILABLE",
    };
    const first = new World(botSettings);
    for (const event of [{ type: "start" }, { type: "leased" }, none] satisfies BotEvent[]) first.give(event);
    expect(first.effects.at(-1)).toMatchObject({
      do: "finish",
      ending: { exitStatus: 75, code: "LAUNCH_PROXY_UNAVAILABLE" },
    });

    const later = runningBot();
    later.give({ type: "operator-changed", cause: "demoted", reason: "demoted" });
    later.give({ type: "stopped" });
    later.give(none);
    expect(later.state.phase).toBe("holding");
    later.give({ type: "waited" });
    expect(later.state.phase).toBe("choosing");
  });
});

describe("every state that a run can reach", () => {
  const edges = walkMachine();

  test("meets no event that is impossible in it", () => {
    expect(edges.filter(({ to }) => to === "impossible")).toEqual([]);
  });

  test("uses each handler of each row", () => {
    const written = Object.entries(rows).flatMap(([phase, row]) =>
      Object.entries(row).flatMap(([event, cell]) =>
        typeof cell === "function" ? [`${phase} ${event}`] : [],
      ),
    );
    const walked = new Set(edges.map(({ from, event }) => `${from} ${event}`));
    expect(written.filter((cell) => !walked.has(cell))).toEqual([]);
  });

  test("is left by a request to stop, a lost lease and a failed task, and by nothing after the end", () => {
    for (const event of ["stop-asked", "lease-lost", "task-failed"])
      expect(
        edges.filter((edge) => edge.event === event && !["stopping", "ended"].includes(edge.to)),
      ).toEqual([]);
    expect(edges.filter(({ from, to }) => from === "ended" && to !== "ended")).toEqual([]);
  });
});
