import type { Socket } from "node:net";
import type { Upstream } from "../../../domain/proxy/proxy.ts";
import { formatAuthority } from "../../../domain/proxy/proxy-endpoint.ts";
import type { Clock } from "../../../ports/clock.ts";
import { type AnswerHead, bodyBytes, takeAnswer } from "../wire/connect-answer.ts";
import { connectHead, type Target } from "../wire/http-frames.ts";
import {
  connectFrame,
  greeting,
  passwordFrame,
  SocksFrameError,
  socksMethods,
  type Taken,
  takeMethod,
  takeReply,
  takeVerdict,
} from "../wire/socks-frames.ts";
import { FrameMissing, takeFrame } from "../wire/take-frame.ts";
import { namesReason, readWords } from "./proxy-words.ts";
import { bodyText } from "./refusal-body.ts";
import { otherFailure, signInFailure, socksFailure, upstreamFailure } from "./relay-failure.ts";
import { noteAnswer, orOtherSpeech } from "./silent-greeting.ts";
import { otherSpeech } from "./spoken.ts";
import { statusFailure } from "./status-failure.ts";

/** Asks the proxy, a SOCKS5 one that was signed in to, for the target; what the target says first stays in the socket. Rejects with RelayFailure. */
export function askFor(
  socket: Socket,
  { upstream, target }: { readonly upstream: Upstream; readonly target: Target },
  clock: Clock,
): Promise<void> {
  return upstream.endpoint.scheme === "socks5"
    ? askSocks(socket, upstream, target)
    : askHttp(socket, { upstream, target }, clock);
}

async function askHttp(
  socket: Socket,
  { upstream, target }: { readonly upstream: Upstream; readonly target: Target },
  clock: Clock,
): Promise<void> {
  socket.write(connectHead(target, authorizationOf(upstream)), "latin1");
  const head = await take(socket, upstream, takeAnswer);
  if (head === undefined) {
    const bytes = (socket.read() as Buffer | null) ?? Buffer.alloc(0);
    throw otherFailure(upstream, otherSpeech(bytes), "answered with something other than HTTP");
  }
  noteAnswer(upstream);
  if (head.status >= 200 && head.status <= 299) return;
  const body = namesReason(head) ? "" : await readBody(socket, head, clock);
  const told = readWords(head, body, upstream.credential);
  // A launcher whose proxies refuse nothing does not hold what vendors mean by it.
  const { vendorRefusal } = await import("../../../domain/vendors/vendors.ts");
  const vendor = vendorRefusal(upstream.endpoint.host, head.status);
  throw statusFailure(upstream, target, { status: head.status, vendor, ...told });
}

const bodyWithinMs = 300;
const mostBodyBytes = 2_048;

/** The beginning of a refusal's body, for its first line; most come in one piece with the head. */
function readBody(socket: Socket, head: AnswerHead, clock: Clock): Promise<string> {
  const wanted = Math.min(bodyBytes(head) ?? mostBodyBytes, mostBodyBytes);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const stop = clock.after(bodyWithinMs, () => done());
    const done = (): void => {
      stop();
      socket.off("readable", look).off("end", done).off("close", done);
      resolve(bodyText(head, Buffer.concat(chunks)));
    };
    const look = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null)
        chunks.push(chunk);
      if (chunks.reduce((sum, { length }) => sum + length, 0) >= wanted) done();
    };
    socket.on("readable", look).on("end", done).on("close", done);
    if (socket.readableEnded || socket.destroyed) done();
    else look();
  });
}

/** Signs in to a SOCKS5 proxy, which can be done before there is a target. Rejects with RelayFailure. */
export async function signInSocks(socket: Socket, upstream: Upstream, clock: Clock): Promise<void> {
  const { credential } = upstream;
  const password =
    credential === undefined ? undefined : passwordFrame(credential.user, credential.secret.reveal());
  if (credential !== undefined && password === undefined) {
    throw upstreamFailure(
      upstream,
      "auth",
      "has a user or secret longer than the 255 bytes that SOCKS5 allows",
    );
  }
  socket.write(greeting(password !== undefined));
  const method = await orOtherSpeech(take(socket, upstream, takeMethod), upstream, clock);
  if (method === socksMethods.password && password !== undefined) {
    socket.write(password);
    const closed = "closed the connection after the user and password, as proxies do that refuse them";
    const verdict = await take(socket, upstream, takeVerdict, closed);
    if (verdict !== 0)
      throw upstreamFailure(upstream, "auth", `refused the credential (SOCKS ${verdict})`, verdict);
  } else if (method === socksMethods.password) {
    throw upstreamFailure(upstream, "auth", "wants a user and a password, but none is stored", method);
  } else if (method === socksMethods.unacceptable) {
    const what =
      credential === undefined
        ? "wants a sign-in, but no user and password are stored"
        : "accepts neither our credential nor a sign-in without one";
    throw upstreamFailure(upstream, "auth", what, method);
  } else if (method !== socksMethods.none) {
    throw signInFailure(upstream, method);
  }
}

async function askSocks(socket: Socket, upstream: Upstream, target: Target): Promise<void> {
  socket.write(connectFrame(target.host, target.port));
  const code = await take(socket, upstream, takeReply);
  if (code !== 0) throw socksFailure(upstream, formatAuthority(target.host, target.port), code);
}

function authorizationOf(upstream: Upstream): string | undefined {
  const { credential } = upstream;
  if (credential === undefined) return undefined;
  if (credential.user.includes(":")) {
    throw upstreamFailure(upstream, "auth", "has a colon in its user name, which is not possible with Basic");
  }
  const pair = `${credential.user}:${credential.secret.reveal()}`;
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}

const maxAnswerBytes = 65_536;

/** Reads one answer; what is none becomes a failure that names the proxy. */
async function take<T>(
  socket: Socket,
  upstream: Upstream,
  takeFrom: (bytes: Buffer) => Taken<T> | undefined,
  closed = "closed the connection without an answer",
): Promise<T> {
  let heard: Buffer = Buffer.alloc(0);
  const listen = (bytes: Buffer): Taken<T> | undefined => {
    heard = bytes;
    return takeFrom(bytes);
  };
  try {
    return await takeFrame(socket, listen, maxAnswerBytes);
  } catch (error) {
    if (error instanceof SocksFrameError) {
      const what = `answered with something other than SOCKS5 (${error.message})`;
      const speech = otherSpeech(heard);
      throw otherFailure(upstream, speech?.spoken === "socks5" ? undefined : speech, what);
    }
    if (!(error instanceof FrameMissing)) throw error;
    if (error.reason === "ended") {
      throw upstreamFailure(upstream, "reset", closed);
    }
    throw upstreamFailure(upstream, "protocol", "answered with a head that does not end");
  }
}
