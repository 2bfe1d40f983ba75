import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignmentStatuses } from "../../../lib/domain/assignment.ts";
import { instant } from "../../../lib/domain/time.ts";
import {
  type AssignmentHealth,
  addFailure,
  cooldownMs,
  cooldownTimes,
  recover,
} from "../../../lib/policy/cooldown.ts";
import { nowMs } from "./facts.ts";

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const clear: AssignmentHealth = { status: "active", failures: 0, cooldownUntil: undefined };
const day = cooldownTimes.failureDecayMs;

describe("the cooldown", () => {
  test("doubles with every failure and stays under an hour", () => {
    expect([1, 2, 3, 6].map((failures) => cooldownMs(failures, 0.5))).toEqual([
      60_000, 120_000, 240_000, 1_920_000,
    ]);
    expect(cooldownMs(7, 0.5)).toBe(3_600_000);
  });

  test("for any failures, it is within a tenth of the whole, at least 54 s and at most an hour", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), unit, (failures, random) => {
        const ms = cooldownMs(failures, random);
        const whole = Math.min(3_600_000, 60_000 * 2 ** (failures - 1));
        expect(ms).toBeLessThanOrEqual(3_600_000);
        expect(ms).toBeGreaterThanOrEqual(whole * 0.9 - 1);
        expect(ms).toBeLessThanOrEqual(whole * 1.1 + 1);
      }),
    );
  });

  test("a loss adds a failure and cools; an end that is already known is not brought forward", () => {
    expect(addFailure(clear, nowMs, 0.5)).toEqual({
      status: "cooling",
      failures: 1,
      cooldownUntil: nowMs + 60_000,
    });
    const banned = { ...clear, cooldownUntil: instant(nowMs + 7_200_000) };
    expect(addFailure(banned, nowMs, 0.5).cooldownUntil).toBe(nowMs + 7_200_000);
  });

  test.each(["held", "disabled", "quarantined"] as const)(
    "a loss does not take an assignment out of %s",
    (status) => {
      expect(addFailure({ ...clear, status }, nowMs, 0).status).toBe(status);
      expect(recover({ ...clear, status, cooldownUntil: nowMs }, day).status).toBe(status);
    },
  );

  test("ten clean minutes end probation, each clean day takes a failure off", () => {
    const back: AssignmentHealth = { status: "cooling", failures: 2, cooldownUntil: nowMs };
    expect(recover(back, 599_999)).toEqual({ status: "probation", failures: 2, cooldownUntil: nowMs });
    expect(recover(back, 600_000)).toEqual({ status: "active", failures: 2, cooldownUntil: undefined });
    expect(recover(back, day).failures).toBe(1);
    expect(recover(back, 9 * day).failures).toBe(0);
  });

  test("for any standing, time on the exit only ever lowers failures and a loss only ever raises them", () => {
    const standing = fc.record({
      status: fc.constantFrom(...assignmentStatuses),
      failures: fc.nat(20),
      cooldownUntil: fc.option(fc.constant(nowMs), { nil: undefined }),
    });
    fc.assert(
      fc.property(standing, fc.nat(20 * day), fc.nat(day), unit, (start, cleanMs, more, random) => {
        const sooner = recover(start, cleanMs);
        const later = recover(start, cleanMs + more);
        expect(later.failures).toBeLessThanOrEqual(sooner.failures);
        expect(sooner.failures).toBeLessThanOrEqual(start.failures);
        expect(later.failures).toBeGreaterThanOrEqual(0);
        const after = addFailure(start, nowMs, random);
        expect(after.failures).toBe(start.failures + 1);
        expect(after.cooldownUntil).toBeGreaterThan(nowMs);
      }),
    );
  });
});
