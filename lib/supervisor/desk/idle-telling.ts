import type { IdleUnit, IdleUnits } from "../../domain/desk/idle-units.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import type { DeskState } from "../../policy/desk/desk-state.ts";
import type { DeskPorts } from "./desk-ports.ts";
import type { DeskUnit } from "./desk-unit.ts";

/** Has the database know which units of a desk do not run here and why, so that `launch ps` shows it on every host. */
export class IdleTelling {
  readonly #ports: Pick<DeskPorts, "tellIdle">;
  /** What the database was told last; undefined when that may have been lost. */
  #told: string | undefined = JSON.stringify({ standingBy: [], idle: [] });

  constructor(ports: Pick<DeskPorts, "tellIdle">) {
    this.#ports = ports;
  }

  /** Tells what has changed since; only for people to see, so a word that is lost is told again with the next call. */
  tell(units: readonly DeskUnit[]): void {
    const idle = idleOf(units);
    const text = JSON.stringify(idle);
    if (text === this.#told) return;
    this.#told = text;
    this.#ports.tellIdle(idle).catch(() => {
      this.#told = undefined;
    });
  }
}

function idleOf(units: readonly DeskUnit[]): IdleUnits {
  // A unit that is not known to the database is in no list there.
  const known = units.flatMap(({ key, state, runner }) =>
    key === undefined || runner !== undefined ? [] : [{ unitKey: key, state }],
  );
  return {
    standingBy: known.flatMap(({ unitKey, state }) => (state.kind === "standby" ? [unitKey] : [])),
    idle: known.flatMap(({ unitKey, state }) => idleUnit(unitKey, state) ?? []),
  };
}

function idleUnit(unitKey: UnitKey, state: DeskState): IdleUnit | undefined {
  switch (state.kind) {
    case "waiting":
      return { unitKey, state: "waiting", why: state.why };
    case "failed":
      return { unitKey, state: "failed", why: state.why };
    default:
      return undefined;
  }
}
