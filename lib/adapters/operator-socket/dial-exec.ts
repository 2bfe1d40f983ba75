import type { Socket } from "node:net";
import type { ExecEnd, ExecStreams, RefusalCode } from "../../ports/operator-channel.ts";
import { encodeFrame, type UnreadFrame } from "../../protocol/frames.ts";
import type { OperatorFrame } from "../../protocol/operator-frames.ts";

/** A frame holds this much with its base64. */
const chunkBytes = 32_768;

/** The client's end of a command that joined a run. */
export interface DialedExec {
  hear(frame: UnreadFrame): ExecEnd | undefined;
  /** Nothing more is read of what is typed. */
  stop(): void;
}

/** Connects a terminal with the command; the launcher has said hello already. */
export function dialExec(
  socket: Socket,
  { stdin, stdout, stderr, onSignal, onTerminal }: ExecStreams,
): DialedExec {
  const send = (frame: OperatorFrame): void => {
    if (!socket.write(encodeFrame(frame))) {
      stdin.pause();
      socket.once("drain", () => stdin.resume());
    }
  };
  const type = (chunk: Buffer | string): void => {
    const bytes = Buffer.from(chunk);
    for (let at = 0; at < bytes.length; at += chunkBytes)
      send({ type: "input", data: bytes.subarray(at, at + chunkBytes).toString("base64") });
  };
  const end = (): void => send({ type: "input" });
  onSignal((name) => send({ type: "signal", name }));
  stdin.on("data", type).once("end", end);
  return {
    hear(frame) {
      if (frame.type === "started" && frame["hasTerminal"] === true)
        onTerminal(({ columns, rows }) => send({ type: "resize", columns, rows }));
      if (frame.type === "output") {
        const to = frame["stream"] === "stderr" ? stderr : stdout;
        if (!to.write(Buffer.from(String(frame["data"]), "base64"))) {
          socket.pause();
          to.once("drain", () => socket.resume());
        }
      }
      if (frame.type === "exited") {
        const { code, signal } = frame as { code?: number; signal?: string };
        return { kind: "ended", code, signal };
      }
      if (frame.type !== "refused") return undefined;
      const code = frame["code"] as RefusalCode;
      return { kind: "refused", code, why: String(frame["why"]) };
    },
    stop() {
      stdin.off("data", type).off("end", end).pause();
    },
  };
}
