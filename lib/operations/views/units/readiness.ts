import type { CheckedUnit } from "../../units/check-units.ts";

/** The answer of `launch check --json`. */
export function readinessView(checked: readonly CheckedUnit[]) {
  return {
    version: 1,
    units: checked.map(({ name, kind, isLive, isReady, text }) => ({
      unit: name,
      kind: kind ?? null,
      live: isLive,
      ready: isReady,
      text,
    })),
  };
}
