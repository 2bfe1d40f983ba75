import fc from "fast-check";
import { expect, test } from "vitest";
import { isReady } from "../../../../lib/policy/desk/desk-state.ts";
import { orderProblem, waitedFor, waitsFor } from "../../../../lib/policy/desk/start-order.ts";

const unit = (name: string, ...after: readonly string[]) => ({ unit: { name }, care: { after } });

test("a unit waits for those before it that are not ready", () => {
  expect(waitsFor(unit("a", "b", "c"), (name) => name === "b")).toEqual(["c"]);
  expect(waitsFor(unit("a"), () => false)).toEqual([]);
});

test("a unit that another launcher of the host runs holds nobody up, and one that failed does", () => {
  const why = "it runs elsewhere";
  expect(isReady({ kind: "elsewhere", why })).toBe(true);
  expect(isReady({ kind: "failed", why, exitStatus: 1 })).toBe(false);
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

test("what starts with some units is all that they wait for, and nothing that waits for them", () => {
  const all = [unit("a", "b"), unit("b", "c", "d"), unit("c"), unit("d", "c"), unit("e", "a"), unit("f")];
  expect(waitedFor(all.slice(0, 1), all).toSorted()).toEqual(["b", "c", "d"]);
  expect(waitedFor([], all)).toEqual([]);
  const names = all.map((each) => each.unit.name);
  fc.assert(
    fc.property(fc.subarray(names), (chosen) => {
      const kept = (words: readonly string[]) => all.filter((each) => words.includes(each.unit.name));
      const whole = kept([...chosen, ...waitedFor(kept(chosen), all)]);
      // Nothing of it waits for what is not there.
      expect(whole.flatMap(({ care }) => care.after).filter((name) => kept([name]).length === 0)).toEqual([]);
      expect(orderProblem(whole)).toBeUndefined();
    }),
  );
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
