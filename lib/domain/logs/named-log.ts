import type { LogLine } from "./log-line.ts";

/** The log of a bot or collector. */
export interface NamedLog {
  readonly kind: "bot" | "collector";
  readonly name: string;
  readonly path: string;
}

/** A line with whose log it is from. */
export interface UnitLine extends LogLine {
  readonly log: NamedLog;
}
