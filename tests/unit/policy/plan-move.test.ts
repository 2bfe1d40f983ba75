import fc from "fast-check";
import { expect, test } from "vitest";
import { type DatabaseMove, type MoveId, moveStages } from "../../../lib/domain/database/database-move.ts";
import { planMove } from "../../../lib/policy/plan-move.ts";

const move = (stage: DatabaseMove["stage"], id = "one"): DatabaseMove => ({
  id: id as MoveId,
  stage,
  other: "postgres://other/desk",
});
const empty = { move: undefined, holdsFacts: false };

test("facts are copied into an empty database, over an unfinished copy, and back over what the same move left", () => {
  const to = (stage: DatabaseMove["stage"], id?: string) => ({ move: move(stage, id), holdsFacts: true });
  const over = (target: Parameters<typeof planMove>[0]["to"]) =>
    planMove({ from: move("leaving"), to: target });
  expect(over(empty)).toEqual({ do: "copy", over: "nothing" });
  expect(over(to("arriving", "another"))).toEqual({ do: "copy", over: "unfinished copy" });
  expect(over(to("left"))).toEqual({ do: "copy", over: "left behind" });
});

test("a move that was done is finished only with the database that it went to", () => {
  const finish = (stage: DatabaseMove["stage"], id?: string) =>
    planMove({ from: move("left"), to: { move: move(stage, id), holdsFacts: true } }).do;
  expect([finish("arriving"), finish("arrived")]).toEqual(["finish", "finish"]);
  expect([
    finish("arrived", "another"),
    finish("left"),
    planMove({ from: move("left"), to: empty }).do,
  ]).toEqual(["refuse", "refuse", "refuse"]);
});

test("the database in use is no place to move to", () => {
  const to = { move: move("leaving"), holdsFacts: true };
  expect(planMove({ from: move("leaving"), to })).toMatchObject({ do: "refuse", why: /in use/ });
});

test("facts that no other database holds are never copied over, whatever both say", () => {
  const word = fc.option(
    fc.record({ stage: fc.constantFrom(...moveStages), id: fc.constantFrom("one", "two") }),
  );
  fc.assert(
    fc.property(word, word, fc.boolean(), (mine, theirs, holdsFacts) => {
      const from = mine === null ? undefined : move(mine.stage, mine.id);
      const there = theirs === null ? undefined : move(theirs.stage, theirs.id);
      const plan = planMove({ from, to: { move: there, holdsFacts } });
      if (plan.do !== "copy" || !holdsFacts) return;
      // An unfinished copy has its facts from elsewhere; what was left behind went to where they come from now.
      expect(there?.stage === "arriving" || (there?.stage === "left" && there.id === from?.id)).toBe(true);
      expect(from?.stage).not.toBe("arriving");
    }),
  );
});
