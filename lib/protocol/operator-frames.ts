import type { HelloFrame } from "./bot-frames.ts";

/*
 * What a command says to a launcher over its operator socket, and hears: lines of JSON. Both sides say hello first, with the
 * protocol's version; then one question a connection. What a launcher does not know it answers with `error`.
 */

export type OperatorFrame = OperatorQuestion | OperatorAnswer | HelloFrame;

/** What a command asks, or says once it has joined a run. */
export type OperatorQuestion =
  /** What became of a verb is wanted. */
  | {
      readonly type: "ask";
      readonly unit: string;
      readonly verb: string;
      readonly by: string;
      readonly arguments: Readonly<Record<string, unknown>>;
    }
  /** Where each unit stands is wanted: one `unit` frame for each of them, then `end`. */
  | { readonly type: "snapshot" }
  /** A command is to join a run; from here on the frames of both sides follow one another until `exited`. */
  | {
      readonly type: "exec";
      readonly unit: string;
      readonly command: readonly string[];
      readonly by: string;
      readonly terminal?:
        | { readonly columns: number; readonly rows: number; readonly term: string }
        | undefined;
    }
  /** Bytes for the command, in base64; without data its input is over. */
  | { readonly type: "input"; readonly data?: string }
  | { readonly type: "signal"; readonly name: string }
  /** The window of whoever types has another size now. A launcher that does not know the frame leaves the size as it was. */
  | { readonly type: "resize"; readonly columns: number; readonly rows: number };

type OperatorAnswer =
  | { readonly type: "answer"; readonly isDone: boolean; readonly text: string }
  | { readonly type: "unit"; readonly unit: object }
  | { readonly type: "end" }
  /** The question was not understood, or the launcher failed over it. */
  | { readonly type: "error"; readonly why: string }
  | { readonly type: "started"; readonly pid: number; readonly hasTerminal: boolean }
  /** Bytes of the command, in base64. */
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly data: string }
  | { readonly type: "exited"; readonly code?: number | undefined; readonly signal?: string | undefined }
  /** The run cannot be joined, by a code of the error catalogue. */
  | { readonly type: "refused"; readonly code: string; readonly why: string };
