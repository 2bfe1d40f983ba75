import type { IdleUnit } from "../../domain/desk/idle-units.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import type { PresentLauncher } from "../../ports/store/launcher-store.ts";

/** What the launcher that began last says of a unit that it does not run. */
export function idleIn(present: readonly PresentLauncher[], unitKey: UnitKey): IdleUnit | undefined {
  return present.flatMap(({ idle }) => idle).findLast((each) => each.unitKey === unitKey);
}
