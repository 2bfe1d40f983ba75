import { describe, expect, test } from "vitest";
import { processOf } from "../../../support/fleet/fleet.ts";
import { type Bench, labelOf, phaseOf, textsOf } from "../bench.ts";
import { burned, burnedBench, hold, lose, pass, permitsOf, revive, slow } from "./switching-bench.ts";

describe("a budget that is spent", () => {
  async function spentBench(): Promise<Bench> {
    const made = await burnedBench();
    made.run.runner.wantSwitch(burned);
    await pass(made, 2_000);
    expect(labelOf(made)).toBe("ams");
    await revive(made, "203.0.113.1");
    return made;
  }

  test("stops a bot whose exit is burned, says until when it waits, and moves it then", async () => {
    const made = await spentBench();
    hold(made, "203.0.113.2");
    made.run.runner.wantSwitch(burned);
    await pass(made, 4_000);
    expect([phaseOf(made), processOf(made.launcher, made.run)]).toEqual(["holding", undefined]);
    const said =
      /waits until (\d{4}-\d\d-\d\d )?\d\d:\d\d: the account may make 1 planned switch in 1 min, and has/;
    expect(textsOf(made).at(-1)).toMatch(said);
    const { runs } = made.fleet.memory.state;
    const row = runs.at(-1);
    expect(row).toMatchObject({ phase: "holding", reason: expect.stringMatching(said) });
    const waitMs = Number(row?.waitsUntil) - made.fleet.clock.now();
    expect(waitMs).toBeGreaterThan(40_000);
    expect(waitMs).toBeLessThan(60_000);
    await pass(made, 45_000);
    expect(phaseOf(made)).toBe("holding");
    await pass(made, 20_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
    expect(made.fleet.memory.state.runs.at(-1)?.waitsUntil).toBeUndefined();
    expect(permitsOf(made)).toEqual([
      ["burned", "done"],
      ["burned", "done"],
    ]);
  });

  test("lets a bot back onto the exit that it left, once an operator has revived it, and asks no budget", async () => {
    const made = await spentBench();
    hold(made, "203.0.113.2");
    made.run.runner.wantSwitch(burned);
    await pass(made, 4_000);
    expect(phaseOf(made)).toBe("holding");
    await pass(made, 12_000);
    expect(phaseOf(made)).toBe("holding");
    await revive(made, "203.0.113.2");
    await pass(made, 8_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    const text = "nothing is held against ams any more";
    expect(textsOf(made)).toContain(text);
    const told = await made.fleet.store.history.list({ kind: "exit.returned", limit: 9 });
    expect(told).toMatchObject([{ severity: "info", message: text }]);
    expect(permitsOf(made)).toEqual([["burned", "done"]]);
  });

  test("leaves a bot where it is that may stay, and says so once", async () => {
    const made = await spentBench();
    for (let times = 3; times > 0; times--) {
      made.run.runner.wantSwitch(slow);
      await pass(made, 8_000);
    }
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(textsOf(made).filter((text) => text.startsWith("stays on ams"))).toHaveLength(1);
  });

  test("is passed by an operator, whose rotation is written down, and by a lost exit", async () => {
    const made = await spentBench();
    void made.run.runner.ask({ verb: "rotate", by: "user:ann" });
    await pass(made, 2_000);
    expect(labelOf(made)).toBe("fra");
    lose(made, "fra");
    await pass(made, 70_000);
    expect(labelOf(made)).toBe("ams");
    expect(permitsOf(made).map(([cause]) => cause)).toEqual(["burned", "operator", "transport"]);
  });
});
