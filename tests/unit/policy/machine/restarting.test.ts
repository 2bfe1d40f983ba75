import { describe, expect, test } from "vitest";
import type { ExitIp } from "../../../../lib/domain/ip.ts";
import type { BotEvent } from "../../../../lib/policy/machine/event.ts";
import { answers, botAfter, notProved, proof } from "../../../support/machine/world.ts";

describe("an operator's restart", () => {
  test("whose exit cannot be proven again leaves it, and says why", () => {
    const world = botAfter([{ type: "restart-asked", by: "user:ann" }, { type: "stopped" }]);
    world.nowMs += 600_000;
    world.give({ type: "waited" });
    expect(world.state).toMatchObject({ phase: "proving", exit: {} });
    world.give(notProved);
    expect(world.effects.at(-2)).toMatchObject({ do: "release-exit", why: notProved.setAside.why });
  });

  test("whose exit shows another address leaves the old one before it takes the new one, and says why", () => {
    const world = botAfter([{ type: "restart-asked", by: "user:ann" }, { type: "stopped" }]);
    world.nowMs += 600_000;
    world.give({ type: "waited" });
    world.give({ type: "proved", proof: { ...proof, exitIps: ["203.0.113.9" as ExitIp] } });
    expect(world.state).toMatchObject({ phase: "claiming", exit: undefined });
    expect(world.effects.slice(-2)).toMatchObject([
      { do: "release-exit", why: "it shows another exit" },
      { do: "claim-exit", candidate: { proof: { exitIps: ["203.0.113.9"] } } },
    ]);
  });

  test("that waits for nothing says so", () => {
    const say = (world: { readonly effects: readonly unknown[] }) =>
      world.effects.filter((effect) => (effect as { do: string }).do === "say").at(-1);
    expect(say(botAfter([{ type: "restart-asked", by: "user:ann" }, { type: "stopped" }]))).toMatchObject({
      text: expect.stringMatching(/^restarts on the same exit at once: /),
    });
  });
});

describe("a bot that the kernel ended past its memory_limit", () => {
  const ended: BotEvent = {
    type: "exited",
    code: undefined,
    signal: "KILL",
    pastMemoryBytes: 640e6,
    random01: 0.5,
  };
  const again: readonly BotEvent[] = [
    { type: "stopped" },
    { type: "waited" },
    { type: "spawned", pid: 8 },
    { type: "greeted" },
  ];
  const crash: BotEvent = { type: "exited", code: 3, signal: undefined, random01: 0 };

  test("is started anew at once for that cause, also where a crash would end the run", () => {
    const reason = "was ended by the kernel past its memory_limit (more than 640 MB)";
    const next = { kind: "restart", delayMs: 0, reason, cause: "memory" };
    expect(botAfter([ended], { restart: "never" }).state).toMatchObject({ phase: "stopping", next });
  });

  test("spends a budget of its own", () => {
    const crashed = Array.from({ length: 10 }, () => [crash, ...again]).flat();
    const world = botAfter([...crashed, ended]);
    expect(world.state).toMatchObject({ phase: "stopping", next: { kind: "restart", delayMs: 0 } });
    const tooOften = Array.from({ length: 10 }, () => [{ ...ended, random01: 0 }, ...again]).flat();
    expect(botAfter([...tooOften, ended]).state).toMatchObject({
      phase: "stopping",
      next: {
        kind: "end",
        ending: {
          exitStatus: 71,
          reason: expect.stringMatching(/past its memory_limit .* restart 11 within/),
        },
      },
    });
    expect(botAfter([...tooOften, crash]).state).toMatchObject({ next: { kind: "restart", cause: "crash" } });
  });
});

test("a bot that crashes soon after its start waits longer each time, however long its host has been up", () => {
  const world = botAfter([]);
  const inARow = [86_400_000, 0, 0, 86_400_000, 0].map((lastedMs) => {
    world.nowMs += lastedMs;
    world.give({ type: "exited", code: 1, signal: undefined, random01: 0.5 });
    for (let steps = 0; world.state.phase !== "running" && steps < 9; steps++)
      for (const answer of world.task === undefined ? [] : answers[world.task.do].slice(0, 1))
        world.give(answer);
    return world.state.budgets.crash.inARow;
  });
  expect(inARow).toEqual([1, 2, 3, 1, 2]);
});

test("what a bot still sends at its stop goes out while its exit is verified, unless another address was seen", () => {
  const stop = { type: "stop-asked", signal: "TERM" } as const;
  const gateAfter = (event: Parameters<typeof botAfter>[0][number]) => botAfter([event, stop]).gate;
  expect(gateAfter({ type: "drift-seen", reason: "other address" })).toBe("cut");
  expect(gateAfter({ type: "transport-suspected", reason: "reset" })).toBe("open");
});
