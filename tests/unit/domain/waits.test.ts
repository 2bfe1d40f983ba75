import { expect, test } from "vitest";
import { describeWait } from "../../../lib/domain/time.ts";

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

test.each([
  [0, "0 s"],
  [-5, "0 s"],
  [59 * second + 999, "59 s"],
  [minute, "1 min"],
  [2 * minute - 1, "1 min 59 s"],
  [minute + second, "1 min 1 s"],
  [9 * minute + 59 * second, "9 min 59 s"],
  [10 * minute + 59 * second, "10 min"],
  [hour - 1, "59 min"],
  [hour + 59 * minute + 57 * second, "1 h 59 min"],
  [2 * hour + 30 * second, "2 h"],
  [11 * hour + 43 * minute, "11 h"],
  [day - 1, "23 h"],
  [7 * day - second, "6 d 23 h"],
  [7 * day, "7 d"],
])("what is %d ms ahead is %s ahead: nobody comes back an hour or a day too early", (ms, words) => {
  expect(describeWait(ms)).toBe(words);
});
