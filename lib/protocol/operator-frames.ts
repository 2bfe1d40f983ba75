import type { HelloFrame } from "./bot-frames.ts";

/*
 * What a command says to a launcher over its operator socket, and hears: lines of JSON. Both sides say hello first, with the
 * protocol's version; then one question a connection. What a launcher does not know it answers with `error`.
 */

/** What became of a verb is wanted. */
export interface AskFrame {
  readonly type: "ask";
  readonly unit: string;
  readonly verb: string;
  readonly by: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Where each unit stands is wanted: one `unit` frame for each of them, then `end`. */
export interface SnapshotFrame {
  readonly type: "snapshot";
}

export interface AnswerFrame {
  readonly type: "answer";
  readonly isDone: boolean;
  readonly text: string;
}

export interface UnitFrame {
  readonly type: "unit";
  readonly unit: object;
}

export interface EndFrame {
  readonly type: "end";
}

/** The question was not understood, or the launcher failed over it. */
export interface ErrorFrame {
  readonly type: "error";
  readonly why: string;
}

export type OperatorFrame =
  | HelloFrame
  | AskFrame
  | SnapshotFrame
  | AnswerFrame
  | UnitFrame
  | EndFrame
  | ErrorFrame;
