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

/** A command is to join a run; from here on the frames of both sides follow one another until `exited`. */
export interface ExecFrame {
  readonly type: "exec";
  readonly unit: string;
  readonly command: readonly string[];
  readonly by: string;
  readonly terminal?: { readonly columns: number; readonly rows: number; readonly term: string } | undefined;
}

export interface StartedFrame {
  readonly type: "started";
  readonly pid: number;
  readonly hasTerminal: boolean;
}

/** Bytes of the command, or for it, in base64. */
export interface OutputFrame {
  readonly type: "output";
  readonly stream: "stdout" | "stderr";
  readonly data: string;
}

/** Without data its input is over. */
export interface InputFrame {
  readonly type: "input";
  readonly data?: string;
}

export interface SignalFrame {
  readonly type: "signal";
  readonly name: string;
}

/** The window of whoever types has another size now. A launcher that does not know the frame leaves the size as it was. */
export interface ResizeFrame {
  readonly type: "resize";
  readonly columns: number;
  readonly rows: number;
}

export interface ExitedFrame {
  readonly type: "exited";
  readonly code?: number | undefined;
  readonly signal?: string | undefined;
}

/** The run cannot be joined, by a code of the error catalogue. */
export interface RefusedFrame {
  readonly type: "refused";
  readonly code: string;
  readonly why: string;
}

export type OperatorFrame =
  | ExecFrame
  | StartedFrame
  | OutputFrame
  | InputFrame
  | SignalFrame
  | ResizeFrame
  | ExitedFrame
  | RefusedFrame
  | HelloFrame
  | AskFrame
  | SnapshotFrame
  | AnswerFrame
  | UnitFrame
  | EndFrame
  | ErrorFrame;
