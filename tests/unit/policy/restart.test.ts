import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { monotonic } from "../../../lib/domain/time.ts";
import {
  freshBudget,
  planRestart,
  type RestartBudget,
  type RestartCause,
  restartLimits,
} from "../../../lib/policy/restart.ts";

const { crash, identity, lease, memory } = restartLimits;
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Plays crashes after the given run times; gives back the delays, ending with "spent". */
function crashes(ranMs: readonly number[], random: number, limits = crash): (number | "spent")[] {
  const delays: (number | "spent")[] = [];
  let budget: RestartBudget = freshBudget;
  let now = 0;
  for (const ran of ranMs) {
    now += ran;
    const decision = planRestart(budget, { nowMs: monotonic(now), ranMs: ran, random01: random }, limits);
    budget = decision.budget;
    delays.push(decision.kind === "spent" ? "spent" : decision.delayMs);
    if (decision.kind === "spent") break;
    now += decision.delayMs;
  }
  return delays;
}

describe("restarting", () => {
  test("waits twice as long each time, up to the cap", () => {
    const always = { ...crash, maxInWindow: 100 };
    const delays = crashes(Array<number>(9).fill(0), 0.999_999, always);
    expect(delays).toEqual([999, 1_999, 3_999, 7_999, 15_999, 31_999, 59_999, 59_999, 59_999]);
  });

  test("begins anew after a stable run", () => {
    expect(crashes([0, 0, 60_000], 0.5)).toEqual([500, 1_000, 500]);
    expect(crashes([0, 0, 59_999], 0.5)).toEqual([500, 1_000, 2_000]);
  });

  test("replaces a lost identity at once, and waits from the second loss in a row", () => {
    expect(crashes([0, 0, 0], 0.5, identity)).toEqual([0, 500, 1_000]);
  });

  test("a lost lease is taken again later, and growth gets room at once three times", () => {
    expect(crashes([0, 0, 0], 0.5, lease)).toEqual([2_500, 5_000, 10_000]);
    expect(crashes([0, 0, 0, 0, 0], 0.5, memory)).toEqual([0, 0, 0, 500, 1_000]);
  });

  test("is spent by a bot that hardly runs, and says when there is room again", () => {
    expect(crashes(Array<number>(11).fill(0), 0)).toEqual([...Array<number>(10).fill(0), "spent"]);
    let budget: RestartBudget = { restartedAt: [], inARow: 0 };
    for (const at of [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000])
      budget = planRestart(budget, { nowMs: monotonic(at), ranMs: 0, random01: 0 }, crash).budget;
    const spent = planRestart(budget, { nowMs: monotonic(10_000), ranMs: 0, random01: 0 }, crash);
    expect(spent).toMatchObject({ kind: "spent", retryInMs: 590_000 });
    const later = planRestart(spent.budget, { nowMs: monotonic(600_000), ranMs: 0, random01: 0 }, crash);
    expect(later.kind).toBe("restart");
  });

  test("counts from the moment of the restart, not of the crash before its wait", () => {
    const waited: RestartBudget = { restartedAt: [], inARow: 6 };
    const { budget } = planRestart(waited, { nowMs: monotonic(1_000), ranMs: 0, random01: 0.5 }, crash);
    expect(budget.restartedAt).toEqual([31_000]);
  });

  test("a bot that crashes once a minute is never given up", () => {
    expect(crashes(Array<number>(200).fill(61_000), 0.5)).not.toContain("spent");
  });

  test("for any crashes, waits stay under the cap and no window holds more restarts than allowed", () => {
    const run = fc.oneof(fc.nat(5_000), fc.nat(200_000));
    const cause = fc.constantFrom<RestartCause>("crash", "identity", "lease", "memory");
    fc.assert(
      fc.property(fc.array(fc.tuple(run, unit), { maxLength: 40 }), cause, (runs, which) => {
        const limits = restartLimits[which];
        const startedAt: number[] = [];
        let budget: RestartBudget = freshBudget;
        let now = 0;
        for (const [ranMs, random] of runs) {
          now += ranMs;
          const decision = planRestart(budget, { nowMs: monotonic(now), ranMs, random01: random }, limits);
          budget = decision.budget;
          const waitMs = decision.kind === "restart" ? decision.delayMs : decision.retryInMs;
          expect(waitMs).toBeGreaterThanOrEqual(0);
          expect(waitMs).toBeLessThanOrEqual(decision.kind === "restart" ? limits.capMs : limits.windowMs);
          now += waitMs;
          if (decision.kind === "restart") startedAt.push(now);
          const recent = startedAt.filter((at) => at > now - limits.windowMs);
          expect(recent.length).toBeLessThanOrEqual(limits.maxInWindow);
          expect(budget.restartedAt.length).toBeLessThanOrEqual(limits.maxInWindow);
        }
      }),
    );
  });
});
