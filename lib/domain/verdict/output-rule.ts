import type { AnswerClass } from "./answer-class.ts";
import type { UntilSource } from "./venue-entry.ts";

/** What a user says a printed line means (`output_rules` in launch.yaml). */
export interface OutputRule {
  readonly name: string;
  /** A regular expression, whatever the case. */
  readonly line: string;
  /** The only venue of the account, where none is named. */
  readonly venue?: string | undefined;
  readonly class: AnswerClass;
  readonly until?: readonly UntilSource[] | undefined;
  readonly ip?: string | undefined;
  readonly text?: string | undefined;
}

/**
 * How the programs of one framework print that a venue refused. The groups `venue` (an id of ccxt), `url`, `status` and `code` say
 * what was answered; the venue's own rules say what that means, looking at the line from where it matched.
 */
export interface OutputShapes {
  readonly framework: string;
  readonly shapes: readonly OutputShape[];
}

export interface OutputShape {
  readonly name: string;
  readonly line: string;
  /** Of lines that name no venue and no URL. */
  readonly venue?: string | undefined;
  /** What it means where the venue's rules say nothing of it. */
  readonly class?: AnswerClass | undefined;
  readonly source: string;
}
