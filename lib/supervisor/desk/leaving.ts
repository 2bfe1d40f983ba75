import type { UnitWish } from "../../domain/run/unit-wish.ts";
import type { Runner } from "../unit/runner.ts";

/** How the end of a unit is asked for. */
export interface Leaving {
  readonly why: string;
  readonly signal?: string;
  /** An operator, by his command; undefined: a signal, or this launcher itself. */
  readonly by?: string | undefined;
}

/** Asks the run to end, by its operator if there is one. */
export function askToEnd(runner: Runner, { signal = "TERM", by }: Leaving): void {
  if (by === undefined) runner.requestStop(signal);
  else void runner.ask({ verb: "stop", by });
}

/** Why an operator's wish keeps a unit down. */
export function wordOf({ by, why, at }: UnitWish): string {
  const time = new Date(at).toISOString().slice(0, 16).replace("T", " ");
  return `stopped by ${by}, ${time} UTC${why === undefined ? "" : ` (${why})`}`;
}
