import fc from "fast-check";
import { expect, test } from "vitest";
import { isReady } from "../../../../lib/policy/desk/desk-state.ts";
import { orderProblem, waitedFor, waitsFor } from "../../../../lib/policy/desk/start-order.ts";

const unit = (name: string, ...after: readonly string[]) => unitOf("bot", name, after);
const unitOf = (kind: "bot" | "collector", name: string, after: readonly string[] = []) => ({
  unit: { kind, name },
  care: { after },
});

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
  [
    "a bot that is a collector",
    [unit("a", "bot:b"), unitOf("collector", "b")],
    "a is to start after bot:b, and no bot has this name",
  ],
  [
    "a name that means two",
    [unit("a", "b"), unit("b"), unitOf("collector", "b")],
    "a is to start after b, which is a bot's and a collector's name: write bot:b or collector:b",
  ],
  [
    "one another by their kinds",
    [unit("a", "collector:a"), unitOf("collector", "a", ["bot:a"])],
    "bot:a waits for collector:a waits for bot:a: none of them could ever start",
  ],
] as const)("waiting for %s is refused", (_, units, problem) => {
  expect(orderProblem(units)).toBe(problem);
});

test("what starts with some units is all that they wait for, and nothing that waits for them", () => {
  const all = [unit("a", "b"), unit("b", "c", "d"), unit("c"), unit("d", "c"), unit("e", "a"), unit("f")];
  expect(waitedFor(all.slice(0, 1), all).toSorted()).toEqual(["bot:b", "bot:c", "bot:d"]);
  expect(waitedFor([], all)).toEqual([]);
  const names = all.map((each) => each.unit.name);
  fc.assert(
    fc.property(fc.subarray(names), (chosen) => {
      const kept = (words: readonly string[]) =>
        all.filter(({ unit: { name } }) => words.includes(name) || words.includes(`bot:${name}`));
      const whole = kept([...chosen, ...waitedFor(kept(chosen), all)]);
      // Nothing of it waits for what is not there.
      expect(whole.flatMap(({ care }) => care.after).filter((name) => kept([name]).length === 0)).toEqual([]);
      expect(orderProblem(whole)).toBeUndefined();
    }),
  );
});

test("a bot waits for the collector of its name, and what waits for that collector starts without the bot", () => {
  const collector = unitOf("collector", "a", ["c"]);
  const [other, last] = [unit("b", "collector:a"), unitOf("collector", "c")];
  const all = [unit("a", "collector:a"), collector, other, last];
  expect(orderProblem(all)).toBeUndefined();
  expect(waitedFor([other], all).toSorted()).toEqual(["collector:a", "collector:c"]);
});

test("an order is refused exactly where starting one after the other would get stuck", () => {
  const units = ["a", "b", "c"].flatMap((name) => [unitOf("bot", name), unitOf("collector", name)]);
  // By a plain name where only one has it.
  const all = [...units, unitOf("bot", "d"), unitOf("collector", "e")];
  const words = [...units.map(({ unit: { kind, name } }) => `${kind}:${name}`), "d", "bot:d", "e"];
  const graph = fc.array(fc.subarray(words), { minLength: all.length, maxLength: all.length });
  fc.assert(
    fc.property(graph, (afters) => {
      const declared = all.map(({ unit: { kind, name } }, index) => unitOf(kind, name, afters[index]));
      const ready = new Set<string>();
      for (const _ of declared)
        for (const each of declared) {
          const { kind, name } = each.unit;
          if (waitsFor(each, (word) => ready.has(word)).length === 0) {
            ready.add(`${kind}:${name}`);
            if (name === "d" || name === "e") ready.add(name);
          }
        }
      const isStuck = declared.some(({ unit: { kind, name } }) => !ready.has(`${kind}:${name}`));
      expect(orderProblem(declared) !== undefined).toBe(isStuck);
    }),
  );
});
