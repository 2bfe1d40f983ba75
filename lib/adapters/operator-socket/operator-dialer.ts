import { lstat, rm } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import type { RequestAnswer } from "../../domain/run/unit-wish.ts";
import type { ExecEnd, Heard, OperatorDialer } from "../../ports/operator-channel.ts";
import { decodeFrame, encodeFrame, FrameSplitter, type UnreadFrame } from "../../protocol/frames.ts";
import type { OperatorQuestion } from "../../protocol/operator-frames.ts";
import { protocolVersion } from "../../protocol/version.ts";
import { withShortPath } from "../host-files/short-path.ts";
import type { DialedExec } from "./dial-exec.ts";

/** A launcher that runs says hello, and where its units stand, well within this. */
const answersWithinMs = 2_000;

/** Speaks with the launchers of this host over their operator sockets. */
export function operatorDialer(version: string): OperatorDialer {
  return {
    async exec(path, { unitKey: unit, command, by, terminal }, streams) {
      const { dialExec } = await import("./dial-exec.ts");
      let exec: DialedExec | undefined;
      const question = { type: "exec", unit, command, by, terminal } as const;
      return converse<ExecEnd>(
        { path, version, question, withinMs: Number.POSITIVE_INFINITY },
        (frame, socket) => {
          if (frame.type === "hello") exec = dialExec(socket, streams);
          return exec?.hear(frame);
        },
      ).finally(() => exec?.stop());
    },
    snapshot: (path) => {
      const units: UnitSnapshot[] = [];
      return converse<readonly UnitSnapshot[]>({ path, version, question: { type: "snapshot" } }, (frame) => {
        if (frame.type === "unit") units.push(frame["unit"] as UnitSnapshot);
        return frame.type === "end" ? units : undefined;
      });
    },
    ask: (path, unit, { verb, by, arguments: given }, patience) => {
      const question = { type: "ask", unit, verb, by, arguments: given } as const;
      return converse<RequestAnswer>({ path, version, question, ...patience }, (frame) =>
        frame.type === "answer"
          ? { isDone: frame["isDone"] === true, text: String(frame["text"]) }
          : undefined,
      );
    },
  };
}

interface Conversation {
  readonly path: string;
  readonly version: string;
  readonly question: OperatorQuestion;
  /** Counts from the launcher's hello on; without it the hello's own time holds for all. */
  readonly withinMs?: number;
  readonly helloWithinMs?: number;
}

async function converse<Value>(
  talk: Conversation,
  read: (frame: UnreadFrame, socket: Socket) => Value | undefined,
): Promise<Heard<Value>> {
  const stranger = await strangerAt(talk.path);
  if (stranger !== undefined) return stranger;
  return withShortPath(talk.path, (short) => listenTo(createConnection(short), talk, read));
}

function listenTo<Value>(
  socket: Socket,
  { path, version, question, withinMs, helloWithinMs = answersWithinMs }: Conversation,
  read: (frame: UnreadFrame, socket: Socket) => Value | undefined,
): Promise<Heard<Value>> {
  return new Promise((resolve) => {
    const splitter = new FrameSplitter();
    const settle = (heard: Heard<Value>) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(heard);
    };
    const silentAfter = (ms: number) => setTimeout(() => settle({ kind: "silent", withinMs: ms }), ms);
    let timer = silentAfter(helloWithinMs);
    const take = (line: string) => {
      const decoded = decodeFrame(line);
      if (decoded.kind === "refused") return settle({ kind: "refused", why: `it ${decoded.why}` });
      const { frame } = decoded;
      if (frame.type === "error") return settle({ kind: "refused", why: String(frame["why"]) });
      if (frame.type === "hello" && withinMs !== undefined) {
        clearTimeout(timer);
        if (withinMs < Number.POSITIVE_INFINITY) timer = silentAfter(withinMs);
      }
      const value = read(frame, socket);
      if (value !== undefined) settle({ kind: "answered", value });
    };
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      for (const line of splitter.push(text).lines) take(line);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => void failed(path, error).then(settle));
    // It ended in the middle of its words.
    socket.once("end", () => settle({ kind: "dead", isSocketTakenAway: false }));
    socket.write(encodeFrame({ v: protocolVersion, type: "hello", program: "launch", version }));
    socket.write(encodeFrame(question));
  });
}

// Another user could have put a socket of its own there and tell this one what it likes.
async function strangerAt(path: string): Promise<Heard<never> | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return { kind: "dead", isSocketTakenAway: false };
  if (!found.isSocket()) return { kind: "refused", why: `${path} is no socket` };
  const own = process.getuid?.();
  if (own === undefined || found.uid === own) return undefined;
  return { kind: "refused", why: `its socket ${path} belongs to another user (uid ${found.uid})` };
}

// Nobody listens behind a socket that refuses: its launcher was killed and could not take it away.
async function failed(path: string, error: NodeJS.ErrnoException): Promise<Heard<never>> {
  if (error.code === "ENOENT" || error.code === "ECONNRESET" || error.code === "EPIPE")
    return { kind: "dead", isSocketTakenAway: false };
  // More wait to be taken than the kernel holds for it.
  if (error.code === "EAGAIN") return { kind: "silent", withinMs: 0 };
  if (error.code !== "ECONNREFUSED")
    return { kind: "refused", why: `${path} cannot be used (${error.code})` };
  await rm(path, { force: true }).catch(() => {});
  return { kind: "dead", isSocketTakenAway: true };
}
