import type { Brand } from "../brand.ts";

/** One move of all facts; both databases name the same. */
export type MoveId = Brand<string, "MoveId">;

/**
 * How far a move is, as this database says it. `leaving`: being copied to the other one. `left`: the other one holds the facts
 * now. `arriving`: a copy of the other one that is not complete, or not yet in use. `arrived`: the facts came from the other one.
 */
export const moveStages = ["leaving", "left", "arriving", "arrived"] as const;
export type MoveStage = (typeof moveStages)[number];

/** What a database says of its move. */
export interface DatabaseMove {
  readonly id: MoveId;
  readonly stage: MoveStage;
  /** The other database, without user and password. */
  readonly other: string;
}

/** Why nothing starts on a database, in a sentence; undefined where its facts are at home. */
export function whyNotHome(move: DatabaseMove | undefined): string | undefined {
  switch (move?.stage) {
    case "leaving":
      return `This database is being moved to ${move.other}.`;
    case "left":
      return `This database was moved to ${move.other}; changes that are made here do not reach it.`;
    case "arriving":
      return `This database is an unfinished copy of ${move.other}.`;
    case "arrived":
    case undefined:
      return undefined;
  }
}

/** What to type about it. */
export function hintAboutMove({ stage, other }: DatabaseMove): string {
  if (stage === "arriving") return `Run \`launch db move\` again in a folder that uses ${other}.`;
  return "Run `launch db move` again to finish here, or `launch db move --undo` to return to this database.";
}
