import fs from "node:fs";
import net, { type Socket } from "node:net";
import { decodeFrame, encodeFrame, FrameSplitter } from "../../protocol/frames.ts";
import { protocolVersion } from "../../protocol/version.ts";
import { atQuietMoment } from "./quiet-moment.ts";
import { answerTeller } from "./tell-answers.ts";
import { watchAnswers } from "./watch-answers.ts";

export interface ObservingOptions {
  readonly path: string;
  readonly runId: string;
  /** Nothing is said but the hello that the relay's gate waits for. */
  readonly isOff: boolean;
  /** The tunnel's self-check, or undefined when it is not loaded. */
  readonly tunnel: string | undefined;
}

const heartbeatEveryMs = 5_000;

let hasBeenQuiet = false;

/** A launcher that reads nothing for a while is not written to beyond this. */
const mostUnreadBytes = 65_536;

/** Connects to bot.sock, says hello before any code of the bot runs, and sends heartbeats and the answers of servers from then on. */
export function startObserving(options: ObservingOptions): void {
  let socket = connect(options);
  if (options.isOff) return;
  let lastHeartbeatAt = performance.now();
  const mayWrite = () => !socket.destroyed && socket.writableLength < mostUnreadBytes;
  const answers = answerTeller(mayWrite, (line) => socket.write(line));
  const heartbeat = () => {
    const now = performance.now();
    const lagMs = Math.max(0, Math.round(now - lastHeartbeatAt - heartbeatEveryMs));
    lastHeartbeatAt = now;
    if (socket.destroyed) socket = connect(options);
    else if (mayWrite()) socket.write(encodeFrame({ type: "heartbeat", lagMs }));
    answers.flush();
  };
  setInterval(heartbeat, heartbeatEveryMs).unref();
  // The first heartbeat shows that the loop turns at all, without waiting for the interval.
  setTimeout(() => {
    if (!socket.destroyed) socket.write(encodeFrame({ type: "heartbeat", lagMs: 0 }));
  }, 0).unref();
  // A bot that is banned often ends on it. A pipe that has room takes the line before the process is gone.
  process.once("exit", () => answers.end());
  watchAnswers((answer) => answers.see(answer));
}

function connect(options: ObservingOptions): Socket {
  const socket = net.connect({ path: options.path });
  const splitter = new FrameSplitter();
  socket.unref();
  socket.on("error", () => {});
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const { lines, isTooLong } = splitter.push(text);
    for (const line of lines) answer(socket, line);
    if (isTooLong) socket.destroy();
  });
  sayHello(socket, hello(options));
  return socket;
}

// A bot may compute for longer than the launcher waits for its hello. A unix socket is connected when connect() returns,
// so the line can be written past the event loop, ahead of everything that the bot does.
function sayHello(socket: Socket, line: string): void {
  const descriptor = (socket as unknown as { readonly _handle: { readonly fd?: number } | null })._handle?.fd;
  try {
    if (descriptor !== undefined && descriptor >= 0 && fs.writeSync(descriptor, line) === line.length) return;
  } catch {
    // Not connected yet: the queue below waits for it.
  }
  socket.write(line);
}

function hello({ runId, isOff, tunnel }: ObservingOptions): string {
  return encodeFrame({
    v: protocolVersion,
    type: "hello",
    program: "node",
    version: process.version,
    runId,
    pid: process.pid,
    preload: { observe: !isOff, tunnel: tunnel !== undefined, selfCheck: tunnel ?? "ok" },
  });
}

function answer(socket: Socket, line: string): void {
  const decoded = decodeFrame(line);
  if (decoded.kind === "refused" || decoded.frame.type !== "read") return;
  const { id, witness, timeoutMs } = decoded.frame;
  if (typeof id !== "number" || typeof witness !== "string" || typeof timeoutMs !== "number") return;
  const read = () => {
    // Loaded when asked for: http and https would cost every bot some 10 ms at its start.
    void import("./read-witness.ts").then(({ readWitness }) => {
      readWitness(witness, timeoutMs, (seen) => {
        if (!socket.destroyed) socket.write(encodeFrame({ type: "exit-check", id, witness, answer: seen }));
      });
    });
  };
  // The first comes at the hello: the bot's own modules are loaded before.
  if (hasBeenQuiet) read();
  else
    atQuietMoment(() => {
      hasBeenQuiet = true;
      read();
    });
}
