import type { BotFrame, HelloFrame, LeavingFrame } from "./bot-frames.ts";
import type { OperatorFrame } from "./operator-frames.ts";
import { maxFrameBytes, protocolVersion } from "./version.ts";

/** The launcher asks the bot which address this witness sees. */
export interface ReadFrame {
  readonly type: "read";
  readonly id: number;
  readonly witness: string;
  readonly timeoutMs: number;
}

/** The exit was replaced under the bot: drop pooled connections. */
export interface SwitchFrame {
  readonly type: "switch";
  readonly id: number;
}

export type LauncherFrame = HelloFrame | ReadFrame | SwitchFrame | LeavingFrame;

/** One frame as the line that goes over the socket. */
export function encodeFrame(frame: BotFrame | LauncherFrame | OperatorFrame): string {
  return `${JSON.stringify(frame)}\n`;
}

export type DecodedFrame =
  | { readonly kind: "frame"; readonly frame: { readonly type: string } & Readonly<Record<string, unknown>> }
  | { readonly kind: "refused"; readonly why: string };

/** Reads one line; a line that is no frame is refused with the reason, an unknown `type` is given back for the caller to ignore. */
export function decodeFrame(line: string): DecodedFrame {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "refused", why: "not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { kind: "refused", why: "not an object" };
  const frame = value as Record<string, unknown>;
  if (typeof frame["type"] !== "string") return { kind: "refused", why: "no type" };
  if (frame["type"] === "hello" && frame["v"] !== protocolVersion) {
    return {
      kind: "refused",
      why: `speaks protocol ${String(frame["v"])}, this is protocol ${protocolVersion}`,
    };
  }
  return { kind: "frame", frame: frame as { type: string } & Record<string, unknown> };
}

/** What came whole; a line that passes the limit ends the conversation behind the lines before it. */
export interface SplitLines {
  readonly lines: readonly string[];
  readonly isTooLong: boolean;
}

/** Splits what arrives on a socket into lines, the same however it was cut on its way. */
export class FrameSplitter {
  #rest = "";

  push(text: string): SplitLines {
    const lines = (this.#rest + text).split("\n");
    const isLong = (line: string): boolean => line.length > maxFrameBytes;
    const tooLong = lines.findIndex(isLong);
    this.#rest = tooLong === -1 ? (lines.pop() ?? "") : "";
    const whole = tooLong === -1 ? lines : lines.slice(0, tooLong);
    return { lines: whole.filter((line) => line !== ""), isTooLong: tooLong !== -1 };
  }
}
