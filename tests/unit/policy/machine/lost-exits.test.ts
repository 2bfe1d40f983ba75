import { expect, test } from "vitest";
import { countedIn } from "../../../../lib/policy/machine/table/failing-over.ts";
import { botAfter } from "../../../support/machine/world.ts";

test.each([
  ["transport", true],
  ["auth", true],
  ["drift", true],
  ["burned", false],
  ["demoted", false],
] as const)("of what ends an exit, %s waits for the fleet's pace: %s", (cause, isCounted) => {
  const { state } = botAfter([]);
  if (state.phase !== "running" || state.exit === undefined) throw new Error("it does not run");
  const loss = { exit: state.exit, cause, reason: cause };
  expect(countedIn(loss, { lost: undefined, tried: [] } as never) !== undefined).toBe(isCounted);
});
