import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignmentStatuses } from "../../../lib/domain/assignment.ts";
import { instant } from "../../../lib/domain/time.ts";
import { cooldownMs, cooldownTimes, recover, type Standing, strike } from "../../../lib/policy/cooldown.ts";
import { nowMs } from "./facts.ts";

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const clear: Standing = { status: "active", strikes: 0, cooldownUntil: undefined };
const day = cooldownTimes.strikeDecayMs;

describe("the cooldown", () => {
  test("doubles with every strike and stays under an hour", () => {
    expect([1, 2, 3, 6].map((strikes) => cooldownMs(strikes, 0.5))).toEqual([
      60_000, 120_000, 240_000, 1_920_000,
    ]);
    expect(cooldownMs(7, 0.5)).toBe(3_600_000);
  });

  test("for any strikes, it is within a tenth of the whole, at least 54 s and at most an hour", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), unit, (strikes, random) => {
        const ms = cooldownMs(strikes, random);
        const whole = Math.min(3_600_000, 60_000 * 2 ** (strikes - 1));
        expect(ms).toBeLessThanOrEqual(3_600_000);
        expect(ms).toBeGreaterThanOrEqual(whole * 0.9 - 1);
        expect(ms).toBeLessThanOrEqual(whole * 1.1 + 1);
      }),
    );
  });

  test("a loss adds a strike and cools; an end that is already known is not brought forward", () => {
    expect(strike(clear, nowMs, 0.5)).toEqual({
      status: "cooling",
      strikes: 1,
      cooldownUntil: nowMs + 60_000,
    });
    const banned = { ...clear, cooldownUntil: instant(nowMs + 7_200_000) };
    expect(strike(banned, nowMs, 0.5).cooldownUntil).toBe(nowMs + 7_200_000);
  });

  test.each(["held", "disabled", "quarantined"] as const)(
    "a loss does not take an assignment out of %s",
    (status) => {
      expect(strike({ ...clear, status }, nowMs, 0).status).toBe(status);
      expect(recover({ ...clear, status, cooldownUntil: nowMs }, day).status).toBe(status);
    },
  );

  test("ten clean minutes end probation, each clean day takes a strike off", () => {
    const back: Standing = { status: "cooling", strikes: 2, cooldownUntil: nowMs };
    expect(recover(back, 599_999)).toEqual({ status: "probation", strikes: 2, cooldownUntil: nowMs });
    expect(recover(back, 600_000)).toEqual({ status: "active", strikes: 2, cooldownUntil: undefined });
    expect(recover(back, day).strikes).toBe(1);
    expect(recover(back, 9 * day).strikes).toBe(0);
  });

  test("for any standing, time on the exit only ever lowers strikes and a loss only ever raises them", () => {
    const standing = fc.record({
      status: fc.constantFrom(...assignmentStatuses),
      strikes: fc.nat(20),
      cooldownUntil: fc.option(fc.constant(nowMs), { nil: undefined }),
    });
    fc.assert(
      fc.property(standing, fc.nat(20 * day), fc.nat(day), unit, (start, cleanMs, more, random) => {
        const sooner = recover(start, cleanMs);
        const later = recover(start, cleanMs + more);
        expect(later.strikes).toBeLessThanOrEqual(sooner.strikes);
        expect(sooner.strikes).toBeLessThanOrEqual(start.strikes);
        expect(later.strikes).toBeGreaterThanOrEqual(0);
        const after = strike(start, nowMs, random);
        expect(after.strikes).toBe(start.strikes + 1);
        expect(after.cooldownUntil).toBeGreaterThan(nowMs);
      }),
    );
  });
});
