import fc from "fast-check";
import { expect, test } from "vitest";
import { orderProblem, waitsFor } from "../../../../lib/policy/desk/start-order.ts";

const unit = (name: string, ...after: readonly string[]) => ({ unit: { name }, care: { after } });

test("a unit waits for those before it that are not ready", () => {
  expect(waitsFor(unit("a", "b", "c"), (name) => name === "b")).toEqual(["c"]);
  expect(waitsFor(unit("a"), () => false)).toEqual([]);
});

test.each([
  ["a name that is no unit", [unit("a", "b")], "a is to start after b, and no unit has this name"],
  ["itself", [unit("a", "a")], "a waits for a: none of them could ever start"],
  [
    "one another",
    [unit("a", "b"), unit("b", "c"), unit("c", "a")],
    "a waits for b waits for c waits for a: none of them could ever start",
  ],
] as const)("waiting for %s is refused", (_, units, problem) => {
  expect(orderProblem(units)).toBe(problem);
});

test("an order is refused exactly where starting one after the other would get stuck", () => {
  const names = ["a", "b", "c", "d", "e"];
  const graph = fc.array(fc.subarray(names), { minLength: names.length, maxLength: names.length });
  fc.assert(
    fc.property(graph, (afters) => {
      const units = names.map((name, index) => unit(name, ...(afters[index] ?? [])));
      const ready = new Set<string>();
      for (const _ of names)
        for (const each of units)
          if (waitsFor(each, (name) => ready.has(name)).length === 0) ready.add(each.unit.name);
      expect(orderProblem(units) === undefined).toBe(ready.size === names.length);
    }),
  );
});
