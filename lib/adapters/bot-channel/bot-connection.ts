import type { Socket } from "node:net";
import type { RunId } from "../../domain/ids.ts";
import type { BotChannelEvent } from "../../ports/bot-channel.ts";
import { decodeFrame, encodeFrame, FrameSplitter, type LauncherFrame } from "../../protocol/frames.ts";
import { protocolVersion } from "../../protocol/version.ts";
import { readBotFrame, readHello } from "./bot-frames.ts";

export interface BotConnectionOptions {
  readonly runId: RunId;
  readonly launcherVersion: string;
  readonly onEvent: (event: BotChannelEvent) => void;
}

/** A client that says no hello within this, in milliseconds, is dropped; our preload says it at once. */
const helloWithinMs = 5_000;
/** A client that does not read is dropped when this much waits for it. */
const unreadBytes = 65_536;
/** A client that says more than this in a second is read on when the second is over: a flood keeps the launcher from nothing else. */
const mostInSecond = 65_536;

/** One process of the bot on bot.sock. */
export type BotConnection = ReturnType<typeof createBotConnection>;

/** Speaks with one client: hello first each way, then what a bot may say; anything else ends the connection and harms nobody. */
export function createBotConnection(socket: Socket, options: BotConnectionOptions) {
  const { onEvent } = options;
  const splitter = new FrameSplitter();
  let pid: number | undefined;
  let readerPid: number | undefined;
  let hasGreeted = false;
  let isOver = false;

  const send = (frame: LauncherFrame) => {
    socket.write(encodeFrame(frame));
    if (socket.writableLength > unreadBytes) refuse("a client that reads nothing");
  };
  // Said after the client has spoken and its words are taken: a process that ends at once leaves its own hello behind, while
  // words of ours that nobody reads would take it back (ECONNRESET).
  const sayHello = () => {
    if (hasGreeted) return;
    hasGreeted = true;
    send({ v: protocolVersion, type: "hello", program: "launch", version: options.launcherVersion });
  };
  const refuse = (why: string) => {
    if (isOver) return;
    isOver = true;
    onEvent({ type: "refused", why });
    sayHello();
    // What was written (our hello names our version) still leaves.
    socket.destroySoon();
  };
  const greet = (frame: Readonly<Record<string, unknown>>) => {
    const hello = readHello(frame);
    if (hello === undefined) return refuse("a hello of a wrong shape");
    if (hello.runId !== options.runId) return refuse("a hello of another run");
    pid = hello.pid;
    if (hello.event?.observes === true) readerPid = hello.pid;
    socket.setTimeout(0);
    if (hello.event !== undefined) onEvent(hello.event);
  };
  const take = (line: string) => {
    const decoded = decodeFrame(line);
    if (decoded.kind === "refused") return refuse(decoded.why);
    const { frame } = decoded;
    if (pid === undefined)
      return frame.type === "hello" ? greet(frame) : refuse(`${quoted(frame.type)} before hello`);
    const reading = readBotFrame(frame, pid);
    if (reading.kind === "event") onEvent(reading.event);
    if (reading.kind === "refused") refuse(reading.why);
  };
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    if (isOver) return;
    const { lines, isTooLong } = splitter.push(text);
    for (const line of lines) if (!isOver) take(line);
    if (isTooLong) return refuse("a frame longer than 64 KiB");
    sayHello();
  });
  socket.on("error", () => socket.destroy());
  socket.setTimeout(helloWithinMs, () => refuse("no hello within 5 s"));
  return {
    /** The process in which our own code said hello, which answers what it is asked to read. */
    get readerPid(): number | undefined {
      return readerPid;
    },
    send,
    destroy: () => socket.destroy(),
  };
}

/** Counts what a socket gives, and pauses it where that was too much for a second. */
export function readSlowly(socket: Socket): void {
  let sinceMs = performance.now();
  let read = 0;
  let timer: NodeJS.Timeout | undefined;
  socket.once("close", () => clearTimeout(timer));
  socket.on("data", (chunk) => {
    const nowMs = performance.now();
    if (nowMs - sinceMs >= 1_000) [sinceMs, read] = [nowMs, 0];
    read += chunk.length;
    if (read < mostInSecond) return;
    socket.pause();
    clearTimeout(timer);
    timer = setTimeout(() => socket.resume(), sinceMs + 1_000 - nowMs);
  });
}

function quoted(type: string): string {
  return JSON.stringify(type.slice(0, 40));
}
