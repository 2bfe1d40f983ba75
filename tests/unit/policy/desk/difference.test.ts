import { expect, test } from "vitest";
import type { DeclaredUnit } from "../../../../lib/domain/desk/unit-care.ts";
import { unitDifference } from "../../../../lib/policy/desk/difference.ts";

const care = { after: [], ready: undefined, restartAt: undefined };

function declared(name: string, change: object = {}, more: object = {}): DeclaredUnit {
  const unit = { kind: "collector", name, command: ["true"], env: {}, restart: "never", ...change };
  return { unit, care: { ...care, ...more } } as unknown as DeclaredUnit;
}

test("what is new, gone, changed and the same is told apart; a value is never told", () => {
  const before = [declared("a"), declared("b"), declared("c", { env: { KEY: "old-secret" } }), declared("d")];
  const after = [
    declared("a"),
    declared("c", { env: { KEY: "new-secret" } }),
    declared("d", { restart: "always", memoryLimitBytes: 5 }, { restartAt: 90 }),
    declared("e"),
  ];
  const { added, removed, changed, same } = unitDifference(before, after);
  expect(added.map(({ unit }) => unit.name)).toEqual(["e"]);
  expect(removed.map(({ unit }) => unit.name)).toEqual(["b"]);
  expect(changed.map(({ declared: { unit }, what }) => [unit.name, ...what])).toEqual([
    ["c", "env"],
    ["d", "restart", "restart_at", "memory_limit"],
  ]);
  expect(same).toBe(1);
  expect(JSON.stringify(changed.map(({ what }) => what))).not.toContain("secret");
});

test("a bot and a collector of one name are two units", () => {
  const both = [declared("a"), declared("a", { kind: "bot" })];
  expect(unitDifference(both, both).same).toBe(2);
});
