import type { Socket } from "node:net";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import { isJsonObject } from "../../domain/text/json-object.ts";
import type { ExecChild, ExecEnd, ExecTerminal, OperatorHandler } from "../../ports/operator-channel.ts";
import type { OutputStream } from "../../ports/spawner.ts";
import type { UnreadFrame } from "../../protocol/frames.ts";
import type { OperatorFrame } from "../../protocol/operator-frames.ts";

/** A frame holds this much with its base64. */
const chunkBytes = 32_768;

/** A command under way: hears the client's further frames. */
export interface ServedExec {
  hear(frame: UnreadFrame): void;
  readonly ended: Promise<void>;
}

/** Runs the command of an `exec` frame, with its input and output over the socket; it is killed when the client is gone. */
export function serveExec(
  socket: Socket,
  frame: UnreadFrame,
  handler: OperatorHandler,
  send: (frame: OperatorFrame) => void,
): ServedExec {
  const { unit, command, by, terminal } = frame;
  const isWhole = typeof unit === "string" && typeof by === "string" && isCommand(command);
  if (!isWhole) {
    send({ type: "error", why: "a question to join a run of a wrong shape" });
    return { hear: () => {}, ended: Promise.resolve() };
  }
  const gone = new AbortController();
  let child: ExecChild | undefined;
  /** What came before the command ran. */
  const early: UnreadFrame[] = [];
  const pass = ({ type, data, name, columns, rows }: UnreadFrame): void => {
    if (type === "signal" && typeof name === "string") child?.signal(name);
    if (type === "resize" && typeof columns === "number" && typeof rows === "number")
      child?.resize?.({ columns, rows });
    if (type !== "input") return;
    if (typeof data !== "string") child?.input?.end();
    else if (child?.input?.write(Buffer.from(data, "base64")) === false) waitFor(child, socket);
  };
  socket.once("close", () => gone.abort());
  const ended = handler.exec(unit as UnitKey, {
    command,
    by,
    gone: gone.signal,
    terminal: readTerminal(terminal),
    output: { stdout: streamTo(socket, "stdout", send), stderr: streamTo(socket, "stderr", send) },
    onStarted: (started) => {
      child = started;
      send({ type: "started", pid: started.pid, hasTerminal: started.resize !== undefined });
      for (const each of early.splice(0)) pass(each);
    },
  });
  return {
    ended: ended.then((end) => send(frameOf(end))),
    hear: (heard) => void (child === undefined ? early.push(heard) : pass(heard)),
  };
}

function frameOf(end: ExecEnd): OperatorFrame {
  if (end.kind === "refused") return { type: "refused", code: end.code, why: end.why };
  return { type: "exited", code: end.code, signal: end.signal };
}

// A command that reads slowly holds up whoever types, and nobody else.
function waitFor({ input }: ExecChild, socket: Socket): void {
  socket.pause();
  input?.once("drain", () => socket.resume());
  input?.once("close", () => socket.resume());
}

function streamTo(
  socket: Socket,
  stream: "stdout" | "stderr",
  send: (frame: OperatorFrame) => void,
): OutputStream {
  return {
    write(chunk) {
      if (socket.destroyed) return true;
      for (let at = 0; at < chunk.length; at += chunkBytes)
        send({ type: "output", stream, data: chunk.subarray(at, at + chunkBytes).toString("base64") });
      return !socket.writableNeedDrain;
    },
    drained: () =>
      new Promise((resolve) => {
        if (socket.destroyed || !socket.writableNeedDrain) return resolve();
        const done = () => {
          socket.off("drain", done).off("close", done);
          resolve();
        };
        socket.on("drain", done).on("close", done);
      }),
  };
}

function readTerminal(given: unknown): ExecTerminal | undefined {
  if (!isJsonObject(given)) return undefined;
  const { columns, rows, term } = given;
  const isWhole = typeof columns === "number" && typeof rows === "number" && typeof term === "string";
  return isWhole ? { columns, rows, term } : undefined;
}

function isCommand(words: unknown): words is readonly string[] {
  return Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === "string");
}
