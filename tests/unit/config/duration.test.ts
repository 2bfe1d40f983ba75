import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDuration } from "../../../lib/config/duration.ts";

test.each([
  ["90s", 90_000],
  ["15m", 900_000],
  ["1h30m", 5_400_000],
  ["250ms", 250],
  ["2d", 172_800_000],
  ["0s", 0],
])("%s is %i ms", (text, expectedMs) => expect(parseDuration(text)).toBe(expectedMs));

test.each(["", "90", "s", "30m1h", "1.5h", "-5s", "5 s", "25d", "1h1h"])("%s is no duration", (text) =>
  expect(parseDuration(text)).toBeUndefined(),
);

test("every duration in minutes and seconds is read back", () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(59), (minutes, seconds) => {
      expect(parseDuration(`${minutes}m${seconds}s`)).toBe((minutes * 60 + seconds) * 1000);
    }),
  );
});
