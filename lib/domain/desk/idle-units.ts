import type { UnitKey } from "../run/unit-key.ts";

/** What of a launcher of many does not run there, for other terminals and hosts to see. */
export interface IdleUnits {
  /** Those that it would take over if their holder, on another host, were gone. */
  readonly standingBy: readonly UnitKey[];
  readonly idle: readonly IdleUnit[];
}

/** A unit that a launcher was to start, and does not run. */
export interface IdleUnit {
  readonly unitKey: UnitKey;
  /** `waiting`: it is tried again by itself. `failed`: something has to be changed first. */
  readonly state: "waiting" | "failed";
  readonly why: string;
}
