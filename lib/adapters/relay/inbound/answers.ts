import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../../../ports/clock.ts";
import type { Reached } from "../tunnel-opener.ts";

/** What an HTTP client is told: a status of ours, one plain sentence, never a header of the upstream. */
export interface Answer {
  readonly status: 400 | 403 | 407 | 408 | 431 | 501 | 502 | 503;
  readonly reason: string;
}

export const tokenMissing: Answer = { status: 407, reason: "This relay serves one run only." };

/** The answer to a wish that was not fulfilled; undefined when nobody is left to answer. */
export function answerFor(reached: Reached): Answer | undefined {
  switch (reached.kind) {
    case "refused":
      return { status: reached.because === "gate" ? 503 : 403, reason: `Not let through: ${reached.why}.` };
    case "failed": {
      const { scope, kind, message } = reached.failure;
      return { status: 502, reason: `${scope} ${kind}: ${message}.` };
    }
    case "reached":
    case "gone":
      return undefined;
  }
}

/** The headers of an answer. */
export function headersOf(answer: Answer): Readonly<Record<string, string>> {
  return {
    ...(answer.status === 407 ? { "Proxy-Authenticate": 'Basic realm="launch"' } : {}),
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(bodyOf(answer))),
    Connection: "close",
  };
}

/** The body of an answer. */
export function bodyOf(answer: Answer): string {
  return `${answer.reason}\n`;
}

/** Says the answer on a bare connection and ends it. */
export function answerAndEnd(socket: Duplex, answer: Answer, clock: Clock): void {
  const lines = Object.entries(headersOf(answer)).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines.join("")}\r\n`;
  endSoon(socket, Buffer.from(head + bodyOf(answer), "utf8"), clock);
}

/** Writes last words and gives the peer a moment to read them: destroying at once could take them back. */
export function endSoon(socket: Duplex, lastWords: Buffer, clock: Clock): void {
  if (socket.destroyed) return;
  socket.on("error", () => {});
  const stop = clock.after(2_000, () => socket.destroy());
  socket.once("close", stop);
  socket.once("end", () => socket.destroy());
  socket.end(lastWords);
  socket.resume();
}
