import { expect, test } from "vitest";
import { didYouMean, nearestName } from "../../../lib/domain/nearest-name.ts";

test("the nearest known name is offered, and none when all are far", () => {
  expect(nearestName("alcie", ["bob", "alice"])).toBe("alice");
  expect(nearestName("Alice", ["alice"])).toBe("alice");
  expect(nearestName("zzz", ["alice", "bob"])).toBeUndefined();
  expect(nearestName("bto", ["stop", "bot"])).toBe("bot");
  expect(didYouMean("jsn", ["json"])).toBe(' Did you mean "json"?');
  expect(didYouMean("json", [])).toBe("");
});
