import type { Socket } from "node:net";
import type { Upstream } from "../../../domain/proxy/proxy.ts";
import { formatAuthority } from "../../../domain/proxy/proxy-endpoint.ts";
import { connectHead, headEnd, parseStatus, type Target } from "../wire/http-frames.ts";
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
import { socksFailure, statusFailure, upstreamFailure } from "./relay-failure.ts";

/** Asks the proxy at the other end of the socket for the target; what the target says first stays in the socket. Rejects with RelayFailure. */
export function shakeHands(socket: Socket, upstream: Upstream, target: Target): Promise<void> {
  return upstream.endpoint.scheme === "socks5"
    ? shakeSocks(socket, upstream, target)
    : shakeHttp(socket, upstream, target);
}

async function shakeHttp(socket: Socket, upstream: Upstream, target: Target): Promise<void> {
  socket.write(connectHead(target, authorizationOf(upstream)), "latin1");
  const status = await take(socket, upstream, takeStatus);
  if (status === undefined)
    throw upstreamFailure(upstream, "protocol", "answered with something other than HTTP");
  if (status < 200 || status > 299) {
    throw statusFailure(upstream, formatAuthority(target.host, target.port), status);
  }
}

async function shakeSocks(socket: Socket, upstream: Upstream, target: Target): Promise<void> {
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
  const method = await take(socket, upstream, takeMethod);
  if (method === socksMethods.password && password !== undefined) {
    socket.write(password);
    const verdict = await take(socket, upstream, takeVerdict);
    if (verdict !== 0)
      throw upstreamFailure(upstream, "auth", `refused the credential (SOCKS ${verdict})`, verdict);
  } else if (method !== socksMethods.none) {
    throw upstreamFailure(upstream, "auth", "accepts neither our credential nor none", method);
  }
  socket.write(connectFrame(target.host, target.port));
  const code = await take(socket, upstream, takeReply);
  if (code !== 0) throw socksFailure(upstream, formatAuthority(target.host, target.port), code);
}

function authorizationOf(upstream: Upstream): string | undefined {
  const { credential } = upstream;
  if (credential === undefined) return undefined;
  if (credential.user.includes(":")) {
    throw upstreamFailure(upstream, "auth", "has a colon in its user, which Basic cannot carry");
  }
  const pair = `${credential.user}:${credential.secret.reveal()}`;
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}

// A status of 1xx announces another head. No status at all is a value, so that the failure names the proxy.
function takeStatus(bytes: Buffer): Taken<number | undefined> | undefined {
  const start = bytes.subarray(0, 7).toString("latin1");
  if (!"HTTP/1.".startsWith(start)) return { value: undefined, rest: bytes };
  const end = headEnd(bytes);
  if (end === undefined) return undefined;
  const [status, rest] = [parseStatus(bytes.subarray(0, end)), bytes.subarray(end)];
  if (status !== undefined && status < 200) return takeStatus(rest);
  return { value: status, rest };
}

const maxAnswerBytes = 65_536;

/** Reads one answer; what is none becomes a failure that names the proxy. */
async function take<T>(
  socket: Socket,
  upstream: Upstream,
  takeFrom: (bytes: Buffer) => Taken<T> | undefined,
): Promise<T> {
  try {
    return await takeFrame(socket, takeFrom, maxAnswerBytes);
  } catch (error) {
    if (error instanceof SocksFrameError) {
      const what = `answered with something other than SOCKS5 (${error.message})`;
      throw upstreamFailure(upstream, "protocol", what);
    }
    if (!(error instanceof FrameMissing)) throw error;
    if (error.reason === "ended") {
      throw upstreamFailure(upstream, "reset", "closed the connection without an answer");
    }
    throw upstreamFailure(upstream, "protocol", "answered with an endless head");
  }
}
