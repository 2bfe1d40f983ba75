import type { BotFrame, HelloFrame } from "./bot-frames.ts";
import type { OperatorFrame } from "./operator-frames.ts";
import { maxFrameBytes, protocolVersion } from "./version.ts";

/** What the launcher says to a bot. */
export type LauncherFrame =
  | HelloFrame
  /** Which address does this witness see? */
  | { readonly type: "read"; readonly id: number; readonly witness: string; readonly timeoutMs: number }
  /** The exit was replaced under the bot: drop pooled connections. */
  | { readonly type: "switch"; readonly id: number }
  /** To those that subscribed: the exit is about to be left, and this is how long there is to cancel orders. */
  | { readonly type: "leaving"; readonly id: number; readonly withinMs: number; readonly why: string };

/** One frame as the line that goes over the socket. */
export function encodeFrame(frame: BotFrame | LauncherFrame | OperatorFrame): string {
  return `${JSON.stringify(frame)}\n`;
}

/** A frame as it came: nothing is known of its fields yet. */
export type UnreadFrame = { readonly type: string } & Readonly<Record<string, unknown>>;

export type DecodedFrame =
  | { readonly kind: "frame"; readonly frame: UnreadFrame }
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
  return { kind: "frame", frame: frame as UnreadFrame };
}

/** Splits what arrives on a socket into lines, the same however it was cut on its way. */
export class FrameSplitter {
  #rest = "";

  /** What came whole; a line that passes the limit ends the conversation behind the lines before it. */
  push(text: string): { readonly lines: readonly string[]; readonly isTooLong: boolean } {
    const lines = (this.#rest + text).split("\n");
    const isLong = (line: string): boolean => line.length > maxFrameBytes;
    const tooLong = lines.findIndex(isLong);
    this.#rest = tooLong === -1 ? (lines.pop() ?? "") : "";
    const whole = tooLong === -1 ? lines : lines.slice(0, tooLong);
    return { lines: whole.filter((line) => line !== ""), isTooLong: tooLong !== -1 };
  }
}
