import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { dirname } from "node:path";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import { type OperatorRequest, requestVerbs } from "../../domain/run/unit-wish.ts";
import type { JsonObject } from "../../domain/text/json-object.ts";
import type {
  OperatorChannel,
  OperatorChannelFactory,
  OperatorHandler,
} from "../../ports/operator-channel.ts";
import { decodeFrame, encodeFrame, FrameSplitter, type UnreadFrame } from "../../protocol/frames.ts";
import type { OperatorFrame } from "../../protocol/operator-frames.ts";
import { protocolVersion } from "../../protocol/version.ts";
import { makeFolder } from "../host-files/make-folder.ts";
import { withShortPath } from "../host-files/short-path.ts";
import type { ServedExec } from "./serve-exec.ts";
import { sweepDead } from "./sweep-dead.ts";

/** Whoever asks nothing within this, in milliseconds, is dropped. */
const askedWithinMs = 5_000;
/** A launcher that is asked by more at once turns the others away. */
const mostConnections = 64;

/** Takes a frame, and says who takes the next. */
type Take = (frame: UnreadFrame) => Take;
const ignore: Take = () => ignore;

/** Listens on the operator socket of a launcher, for its own user alone. */
export function operatorSockets(version: string): OperatorChannelFactory {
  return { listen: (path, handler) => listen(path, handler, version) };
}

async function listen(path: string, handler: OperatorHandler, version: string): Promise<OperatorChannel> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
    serve(socket, handler, version);
  });
  server.maxConnections = mostConnections;
  makeFolder(dirname(path), 0o700);
  // The folder is private, so nobody meets the socket between listen and chmod.
  await withShortPath(path, async (short) => {
    server.listen({ path: short });
    await once(server, "listening");
  });
  await chmod(path, 0o600);
  // A launcher whose work is over does not stay for it.
  server.unref();
  void sweepDead(dirname(path)).catch(() => undefined);
  return {
    path,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of connections) socket.destroySoon();
      await rm(path, { force: true });
      await closed;
    },
  };
}

/** Hello each way, one question, its answer; a command that joins a run is heard until it ends. */
function serve(socket: Socket, handler: OperatorHandler, version: string): void {
  const splitter = new FrameSplitter();
  let isOver = false;
  const send = (frame: OperatorFrame) => void socket.write(encodeFrame(frame));
  const refuse = (why: string) => {
    isOver = true;
    send({ type: "error", why });
    socket.destroySoon();
  };
  const failed = (error: unknown) => refuse(error instanceof Error ? error.message : String(error));
  const end = () => socket.end();
  const takeQuestion: Take = (frame) => {
    socket.setTimeout(0);
    if (frame.type !== "exec") {
      answer(frame, handler, send).then(end, failed);
      return ignore;
    }
    const later = openExec(socket, frame, handler, send);
    later.then(({ ended }) => ended).then(end, failed);
    return function hear(further) {
      later.then((exec) => exec.hear(further), failed);
      return hear;
    };
  };
  let take: Take = (frame) => {
    if (frame.type === "hello") return takeQuestion;
    refuse("a question before hello");
    return ignore;
  };
  send({ v: protocolVersion, type: "hello", program: "launch", version });
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const { lines, isTooLong } = splitter.push(text);
    for (const line of lines) {
      if (isOver) return;
      const decoded = decodeFrame(line);
      if (decoded.kind === "refused") return refuse(decoded.why);
      take = take(decoded.frame);
    }
    if (isTooLong && !isOver) refuse("a frame longer than 64 KiB");
  });
  socket.on("error", () => socket.destroy());
  socket.setTimeout(askedWithinMs, () => refuse("no question within 5 s"));
}

// Few launchers are ever asked to.
async function openExec(
  socket: Socket,
  frame: UnreadFrame,
  handler: OperatorHandler,
  send: (frame: OperatorFrame) => void,
): Promise<ServedExec> {
  const { serveExec } = await import("./serve-exec.ts");
  return serveExec(socket, frame, handler, send);
}

async function answer(
  frame: UnreadFrame,
  handler: OperatorHandler,
  send: (frame: OperatorFrame) => void,
): Promise<void> {
  if (frame.type === "snapshot") {
    for (const unit of handler.snapshot()) send({ type: "unit", unit });
    return send({ type: "end" });
  }
  const asked = frame.type === "ask" ? readAsk(frame) : undefined;
  if (asked === undefined)
    return send({ type: "error", why: `this launcher does not understand the question "${frame.type}"` });
  const { isDone, text } = await handler.ask(asked.unitKey, asked.request);
  send({ type: "answer", isDone, text });
}

function readAsk({ unit, verb, by, arguments: given }: JsonObject) {
  const known = requestVerbs.find((each) => each === verb);
  const isWhole = typeof unit === "string" && typeof by === "string" && typeof given === "object";
  if (known === undefined || !isWhole) return undefined;
  const request: OperatorRequest = { verb: known, by, arguments: (given ?? {}) as JsonObject };
  return { unitKey: unit as UnitKey, request };
}
