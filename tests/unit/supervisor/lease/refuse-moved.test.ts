import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { type MoveId, moveStages, whyNotHome } from "../../../../lib/domain/database/database-move.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { refuseMoved } from "../../../../lib/supervisor/unit/effects/acquire-lease.ts";
import { sampleCollectorSettings } from "../../../support/fleet/sample-units.ts";
import { memoryStore } from "../../../support/memory-store.ts";

const { place } = sampleCollectorSettings();
const moved = async (stage: (typeof moveStages)[number]) => {
  const store = memoryStore();
  await store.moves.write({ id: randomUUID() as MoveId, stage, other: "postgres://db/desk" });
  return store;
};

test.each(moveStages)(
  "a database whose facts are %s starts something only when they are at home",
  async (stage) => {
    const started = await refuseMoved(await moved(stage), place).then(
      () => "starts",
      ({ code, exitStatus, message }) => [code, exitStatus, message],
    );
    const refusal = ["LAUNCH_DATABASE_MOVED", 78, expect.stringContaining("postgres://db/desk")];
    expect(started).toEqual(stage === "arrived" ? "starts" : refusal);
  },
);

test("an operator who insists starts on it", async () => {
  await expect(refuseMoved(await moved("left"), { ...place, mayBeMoved: true })).resolves.toBeUndefined();
});

test("a database that was never moved is at home", () => {
  expect(whyNotHome(undefined)).toBeUndefined();
  const arrived = { id: randomUUID() as MoveId, stage: "arrived", other: "x", at: instant(0) } as const;
  expect(whyNotHome(arrived)).toBeUndefined();
});
