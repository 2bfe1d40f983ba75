import { describe, expect, test } from "vitest";
import { botAfter, notProved } from "../../../support/machine/world.ts";

describe("an operator's restart", () => {
  test("whose exit cannot be proven again leaves it, and says why", () => {
    const world = botAfter([{ type: "restart-asked", by: "user:ann" }, { type: "stopped" }]);
    world.nowMs += 600_000;
    world.give({ type: "waited" });
    expect(world.state).toMatchObject({ phase: "proving", exit: {} });
    world.give(notProved);
    expect(world.effects.at(-2)).toMatchObject({ do: "release-exit", why: notProved.setAside.why });
  });

  test("that waits for nothing says so", () => {
    const say = (world: { readonly effects: readonly unknown[] }) =>
      world.effects.filter((effect) => (effect as { do: string }).do === "say").at(-1);
    expect(say(botAfter([{ type: "restart-asked", by: "user:ann" }, { type: "stopped" }]))).toMatchObject({
      text: expect.stringMatching(/^restarts on the same exit at once: /),
    });
  });
});
