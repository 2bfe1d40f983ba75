import type { Unit } from "../run/unit.ts";

/** How a launcher of many units cares for one of them, beside running it. */
export interface UnitCare {
  /** Words for the units that must be ready before it starts: a name, or `bot:NAME` and `collector:NAME`. */
  readonly after: readonly string[];
  /** What shows that it is ready, once it runs; undefined: that it runs is enough. */
  readonly ready: ReadyProbe | undefined;
  /** When it is started anew each day, in minutes since midnight of this host. */
  readonly restartAt: number | undefined;
}

/** How a unit is asked whether it is ready. */
export interface ReadyProbe {
  readonly way:
    | { readonly kind: "http"; readonly url: string }
    | { readonly kind: "log"; readonly pattern: string }
    /** Run beside the unit, in its network; ends with 0 once it is ready. */
    | { readonly kind: "exec"; readonly command: readonly string[] };
  /** After so long it counts as not ready, and what waits for it is told. */
  readonly withinMs: number;
}

/** A unit that a launcher keeps. */
export interface DeclaredUnit {
  readonly unit: Unit;
  readonly care: UnitCare;
}
