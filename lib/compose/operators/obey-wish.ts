import type { Unit } from "../../domain/run/unit.ts";
import { describeDuration } from "../../domain/time.ts";
import { requireUnit } from "../../operations/find-by-name.ts";
import { wishUnits } from "../../operations/units/wish-units.ts";
import type { Workspace } from "../workspace.ts";

/** Who stopped the unit and when, in a sentence; undefined where it is to run. Rejects with UsageError LAUNCH_UNKNOWN_ACCOUNT. */
export async function whoStopped(workspace: Workspace, unit: Unit): Promise<string | undefined> {
  const store = await workspace.openStore();
  const { unitKey } = await requireUnit(store, unit);
  const wish = await store.units.wish(unitKey);
  if (wish?.wanted !== "down") return undefined;
  const age = describeDuration(workspace.clock.now() - wish.at);
  const why = wish.why === undefined ? "" : `: ${wish.why}`;
  return `${unit.name} stays stopped: ${wish.by} stopped it ${age} ago${why}. \`launch start ${unit.name}\` ends that.`;
}

/** Who starts a unit by hand wants it up; says so where an operator had stopped it. Never rejects: it runs beside the start. */
export async function wantUp(workspace: Workspace, unit: Unit): Promise<void> {
  try {
    const who = await whoStopped(workspace, unit);
    if (who === undefined) return;
    const operator = await workspace.openOperator();
    await wishUnits(operator, [await requireUnit(operator.store, unit)], "up");
    const text = "it was stopped by an operator; it is wanted up again, since it was started by hand";
    workspace.journal.say({ level: "info", unit: unit.name, text });
  } catch {
    // The start tells of the database itself, and of an account that there is not.
  }
}
