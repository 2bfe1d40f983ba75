import type { UnitWish } from "../../domain/run/unit-wish.ts";
import { type KnownUnit, subjectOf } from "../find-by-name.ts";
import { type Operator, recordMany } from "../operator.ts";

/** Writes down whether these units are to run, in one transaction with its events; what was so already stays as it is. */
export async function wishUnits(
  operator: Pick<Operator, "store" | "clock" | "actor" | "host">,
  units: readonly KnownUnit[],
  wanted: UnitWish["wanted"],
): Promise<void> {
  const keys = units.map(({ unitKey }) => unitKey);
  await operator.store.transaction(async (store) => {
    const down = new Set(
      (await store.units.wishes(keys)).flatMap((wish) => (wish.wanted === "down" ? [wish.unitKey] : [])),
    );
    const changed = units.filter(({ unitKey }) => down.has(unitKey) === (wanted === "up"));
    for (const { unitKey } of changed)
      await store.units.want({ unitKey, wanted, by: operator.actor, why: undefined });
    const deeds = changed.map((unit) => ({
      kind: "unit.wanted",
      message: `The ${unit.kind} ${unit.name} is to ${wanted === "up" ? "run" : "stay stopped"}.`,
      ...subjectOf(unit),
    }));
    await recordMany(operator, store, deeds);
  });
}
