import { describe, expect, test } from "vitest";
import { type Instant, instant } from "../../../../lib/domain/time.ts";
import { expiryWarning, isTimeToLeave } from "../../../../lib/policy/reputation/expiry.ts";

const now = instant(1_800_000_000_000);
const hour = 3_600_000;
const inHours = (hours: number): Instant => instant(now + hours * hour);

describe("a proxy that ends", () => {
  test.each([
    [24 * 15, undefined],
    [24 * 14, 14],
    [24 * 3 + 1, 14],
    [24 * 3, 3],
    [25, 3],
    [24, 1],
    [1, 1],
    [0, undefined],
    [-5, undefined],
  ])("in %d hours is warned of as %s days", (hours, days) => {
    expect(expiryWarning(inHours(hours), now)).toBe(days);
  });

  test("is left an hour before, or in the quiet hours of its last day", () => {
    const quiet = { from: 120, to: 300 };
    const at = (minuteOfDay: number) => ({ now, minuteOfDay });
    expect(isTimeToLeave(inHours(1), at(600), undefined)).toBe(true);
    expect(isTimeToLeave(inHours(1.1), at(600), undefined)).toBe(false);
    expect(isTimeToLeave(inHours(20), at(130), quiet)).toBe(true);
    expect(isTimeToLeave(inHours(20), at(300), quiet)).toBe(false);
    expect(isTimeToLeave(inHours(25), at(130), quiet)).toBe(false);
    expect(isTimeToLeave(inHours(1), at(600), quiet)).toBe(true);
  });

  test("is told of and left at the millisecond that is meant", () => {
    const inMs = (ms: number) => instant(now + ms);
    expect([1, 24 * hour, 24 * hour + 1].map((ms) => expiryWarning(inMs(ms), now))).toEqual([1, 1, 3]);
    const quiet = { from: 120, to: 300 };
    const isTime = (ms: number) => isTimeToLeave(inMs(ms), { now, minuteOfDay: 130 }, quiet);
    expect([24 * hour, 24 * hour + 1].map(isTime)).toEqual([true, false]);
    const isLastHour = (ms: number) => isTimeToLeave(inMs(ms), { now, minuteOfDay: 130 }, undefined);
    expect([hour, hour + 1].map(isLastHour)).toEqual([true, false]);
  });

  test("knows quiet hours that pass midnight", () => {
    const quiet = { from: 1380, to: 60 };
    const isTime = (minuteOfDay: number) => isTimeToLeave(inHours(10), { now, minuteOfDay }, quiet);
    expect([1379, 1380, 0, 59, 60].map(isTime)).toEqual([false, true, true, true, false]);
  });
});
