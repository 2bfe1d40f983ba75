import { describe, expect, test } from "vitest";
import type { UnitSnapshot } from "../../../../lib/domain/run/unit-snapshot.ts";
import { readinessOf } from "../../../../lib/policy/life/readiness.ts";

const exit = {
  label: "fra",
  exitIps: ["203.0.113.1"],
  country: "DE",
  reach: "public",
  agreed: 2,
  asked: 2,
  confirmedAgeMs: 9_000,
} as const;
const running: Parameters<typeof readinessOf>[0] = {
  phase: "running",
  kind: "bot",
  reason: undefined,
  exit,
  heartbeat: "fresh",
  heartbeatAgeMs: 2_500,
  pid: 41,
};

describe("a unit", () => {
  test.each<[string, Partial<UnitSnapshot>, boolean, string]>([
    ["that runs and shows life", {}, true, "ready on fra (203.0.113.1), heartbeat 2 s ago"],
    ["in which nothing of ours runs", { heartbeat: "none" }, true, "ready on fra (203.0.113.1)"],
    ["that has not shown life yet", { heartbeat: "awaited" }, false, "no heartbeat yet"],
    ["that shows none any more", { heartbeat: "late", heartbeatAgeMs: 21_000 }, false, "came 21 s ago"],
    ["without an exit", { exit: undefined, reason: "hm" }, false, "no proven exit: hm"],
    [
      "that waits",
      { phase: "backing_off", reason: "exited with code 1" },
      false,
      "backing off: exited with code 1",
    ],
    ["that goes direct", { kind: "collector", exit: undefined, heartbeat: "none" }, true, "pid 41"],
    ["whose probe says no", { unready: "no line fits" }, false, "not ready, it runs, but no line fits"],
    ["that goes direct, unready", { kind: "collector", unready: "no line fits" }, false, "but no line fits"],
    ["that goes direct and is stopping", { kind: "collector", phase: "stopping" }, false, "stopping"],
  ])("%s is judged so", (_what, change, isReady, text) => {
    expect(readinessOf({ ...running, ...change })).toEqual({ isReady, text: expect.stringContaining(text) });
  });
});
