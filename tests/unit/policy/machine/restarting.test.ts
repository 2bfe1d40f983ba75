import { describe, expect, test } from "vitest";
import type { ExitIp } from "../../../../lib/domain/ip.ts";
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
