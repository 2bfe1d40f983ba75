import { describe, expect, test } from "vitest";
import { instant } from "../../../../lib/domain/time.ts";
import { notWell, type SeenUnit } from "../../../../lib/policy/alerts/whole-desk.ts";

const at = instant(1_800_000_000_000);
const alive: SeenUnit = {
  name: "alice",
  run: { phase: "running", endedAt: undefined, endedBy: undefined, exitCode: undefined, heartbeatAt: at },
  stillMs: 16_000,
  silentMs: 3_000,
  ttlMs: 15_000,
};
const run = (change: Partial<SeenUnit["run"]>): SeenUnit => ({ ...alive, run: { ...alive.run, ...change } });
const ended = { phase: "ended", endedAt: at } as const;

describe("a dead man's switch", () => {
  test("is well while every unit is", () => {
    expect(notWell([alive, { ...alive, name: "funding", stillMs: undefined }], undefined)).toEqual([]);
    expect(notWell([], undefined)).toEqual([]);
    // Its leases outlive such a silence.
    expect(notWell([{ ...alive, silentMs: 60_000, ttlMs: 90_000 }], undefined)).toEqual([]);
  });

  test.each([
    ["heartbeats that stand still", { ...alive, stillMs: 90_000 }, "alice sends no heartbeat"],
    ["a launcher that is silent", { ...alive, silentMs: 30_000 }, "alice has no launcher"],
    ["a launcher that is forgotten", { ...alive, silentMs: undefined }, "alice has no launcher"],
    ["a bot that holds", run({ phase: "holding" }), "alice does not run"],
    ["a bot that backs off", run({ phase: "backing_off" }), "alice does not run"],
    ["a bot that ended", run({ ...ended, endedBy: "bot", exitCode: 1 }), "alice has ended"],
    ["a bot that was given up", run({ ...ended, endedBy: "launcher", exitCode: 71 }), "alice has ended"],
    [
      "a run whose end nobody saw",
      run({ ...ended, endedBy: "launcher", exitCode: undefined }),
      "alice has ended",
    ],
  ])("stops for %s", (_title, unit, why) => {
    expect(notWell([unit], undefined)).toEqual([why]);
  });

  test("goes on for what somebody stopped, and for what is done", () => {
    expect(notWell([run({ ...ended, endedBy: "launcher", exitCode: 0 })], undefined)).toEqual([]);
    expect(notWell([run({ ...ended, endedBy: "launcher", exitCode: 143 })], undefined)).toEqual([]);
    expect(notWell([run({ ...ended, endedBy: "bot", exitCode: 0 })], undefined)).toEqual([]);
  });

  test("looks only at the units that it is given, and misses one that never ran", () => {
    const bob = { ...alive, name: "bob", stillMs: 200_000 };
    expect(notWell([alive, bob], ["alice"])).toEqual([]);
    expect(notWell([alive], ["alice", "carol"])).toEqual(["carol never ran"]);
  });
});
