import { connect, type Socket } from "node:net";
import type { Upstream } from "../../../domain/proxy/proxy.ts";
import { formatAuthority, type ProxyScheme } from "../../../domain/proxy/proxy-endpoint.ts";
import type { Spoken } from "../../../domain/proxy/transport.ts";
import type { Clock } from "../../../ports/clock.ts";
import { otherFailure, type RelayFailure } from "./relay-failure.ts";
import { type OtherSpeech, otherSpeech } from "./spoken.ts";

// A SOCKS5 proxy answers the greeting by itself, before it asks anybody, and one of TLS our first message. An HTTP proxy takes either for
// the beginning of a longer message, and so does one of TLS the greeting: both sides wait for each other until time is up.
const silentMs = 2_000;
/** One question tells it: a proxy that is only slow must not get two connections for each of a bot's. */
const asked = new WeakSet<Upstream>();

/**
 * Waits for the answer to the first message. If it does not come soon, a second connection asks in HTTP, once for each upstream, and only an
 * answer to that ends the waiting.
 */
export async function orOtherSpeech<T>(answer: Promise<T>, upstream: Upstream, clock: Clock): Promise<T> {
  if (asked.has(upstream)) return await answer;
  let second: Question | undefined;
  let stop = (): void => {};
  const other = new Promise<never>((_resolve, reject) => {
    stop = clock.after(silentMs, () => {
      if (asked.has(upstream)) return;
      second = ask(upstream, httpQuestion(upstream));
      void second.heard.then((speech) => {
        if (speech !== undefined && speech.spoken !== spokenBy[upstream.endpoint.scheme])
          reject(otherFailure(upstream, speech, ""));
      });
    });
  });
  try {
    return await Promise.race([answer, other]);
  } finally {
    stop();
    second?.end();
  }
}

/**
 * A SOCKS5 proxy ends the connection without a word when it is asked in HTTP. One that has not answered yet is greeted, once for each
 * upstream; undefined where nothing of SOCKS5 comes back.
 */
export async function greetedSocks(upstream: Upstream, clock: Clock): Promise<RelayFailure | undefined> {
  if (asked.has(upstream)) return undefined;
  const question = ask(upstream, Buffer.from([5, 1, 0]));
  const stop = clock.after(silentMs, question.end);
  const speech = await question.heard;
  stop();
  question.end();
  return speech?.spoken === "socks5" ? otherFailure(upstream, speech, "") : undefined;
}

/** A proxy that has answered as its scheme says is not asked what else it may be. */
export function noteAnswer(upstream: Upstream): void {
  asked.add(upstream);
}

const spokenBy: Readonly<Record<ProxyScheme, Spoken>> = { http: "http", https: "tls", socks5: "socks5" };

interface Question {
  /** What its first bytes belong to; undefined where nothing known comes. */
  readonly heard: Promise<OtherSpeech | undefined>;
  readonly end: () => void;
}

// It holds no credential: whoever listens there is not known yet.
function ask(upstream: Upstream, question: string | Buffer): Question {
  asked.add(upstream);
  const { host, port } = upstream.endpoint;
  const socket: Socket = connect({ host, port });
  const heard = new Promise<OtherSpeech | undefined>((resolve) => {
    socket
      .on("error", () => {})
      .once("data", (bytes: Buffer) => resolve(otherSpeech(bytes)))
      .once("close", () => resolve(undefined));
  });
  socket.write(question);
  return { heard, end: () => void socket.destroy() };
}

function httpQuestion({ endpoint: { host, port } }: Upstream): string {
  return `OPTIONS * HTTP/1.1\r\nHost: ${formatAuthority(host, port)}\r\nConnection: close\r\n\r\n`;
}
