import { describe, expect, test } from "vitest";
import type { ExitIp } from "../../../../lib/domain/ip.ts";
import type { BotEvent } from "../../../../lib/policy/machine/event.ts";
import { botAfter, notProved, proof } from "../../../support/machine/world.ts";

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
