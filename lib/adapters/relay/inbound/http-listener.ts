import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { InternalError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { destroy, joinSockets } from "../sockets.ts";
import type { TunnelOpener } from "../tunnel-opener.ts";
import { type PlainConnect, readPlainConnect } from "../wire/connect-request.ts";
import { parseAuthority } from "../wire/http-frames.ts";
import { socksVersion } from "../wire/socks-frames.ts";
import { serveAbsoluteForm, serveUpgrade } from "./absolute-form.ts";
import { type Answer, answerAndEnd, answerFor, tokenMissing } from "./answers.ts";
import type { RunToken } from "./run-token.ts";
import { serveSocks } from "./socks-listener.ts";

export interface ListenerOptions {
  readonly opener: TunnelOpener;
  readonly token: RunToken;
  readonly clock: Clock;
  readonly limits: ListenerLimits;
  /** A client that did not present the run token. */
  readonly onUnauthenticated: () => void;
}

/** What unauthenticated clients may cost: time and bytes until the token is seen, and how many may wait at once. */
export interface ListenerLimits {
  readonly headMs: number;
  readonly headBytes: number;
  readonly waiting: number;
}

/**
 * The listener of the run token. The first byte tells SOCKS5 (5) from HTTP. A CONNECT that can be read in one way only is served
 * at once; every other head is read by Node's own strict parser.
 * Every connection counts as waiting until it presented the token; beyond the cap the one that waits longest is dropped,
 * so that idle unauthenticated clients cannot lock the bot out.
 */
export async function openListener(options: ListenerOptions) {
  const { limits, clock } = options;
  const server = createHttpServer(limits);
  const clients = new Set<Socket>();
  const speakHttp = server.listeners("connection").map((listener) => listener.bind(server));
  const waiting = new Set<Socket>();
  // One that presented the run token waits no longer; any other is told what is missing.
  const admits = (socket: Socket, authorization: string | undefined): boolean => {
    if (options.token.fitsHeader(authorization)) {
      waiting.delete(socket);
      return true;
    }
    options.onUnauthenticated();
    answerAndEnd(socket, tokenMissing, clock);
    return false;
  };
  serveHttp(server, options, ({ socket, headers }) => admits(socket, headers["proxy-authorization"]));
  server.removeAllListeners("connection").on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    clients.add(socket);
    admitToWait(waiting, socket, limits.waiting);
    const stop = clock.after(limits.headMs, () => socket.destroy());
    socket.once("close", () => {
      clients.delete(socket);
      waiting.delete(socket);
      stop();
    });
    socket.once("readable", () => {
      stop();
      const first: Buffer | null = socket.read();
      if (first === null) {
        socket.destroy();
        return;
      }
      const connect = readPlainConnect(first);
      if (connect !== undefined) {
        if (admits(socket, connect.authorization)) void serveConnect(socket, connect, options);
        return;
      }
      socket.unshift(first);
      if (first[0] === socksVersion)
        serveSocks(socket, { ...options, onAdmitted: () => waiting.delete(socket) });
      else for (const speak of speakHttp) speak(socket);
    });
  });
  server.listen(0, loopback, 511);
  await once(server, "listening");
  return {
    host: loopback,
    port: portOf(server),
    /** Ends every connection of it. */
    async close(): Promise<void> {
      const closed = once(server, "close");
      server.close();
      for (const socket of clients) destroy(socket);
      await closed;
    },
  };
}

const loopback = "127.0.0.1";

function createHttpServer(limits: ListenerLimits): Server {
  const server = createServer({
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headMs,
    requestTimeout: 0,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: Math.max(50, limits.headMs / 10),
    insecureHTTPParser: false,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    highWaterMark: 262_144,
  });
  // Headers beyond the default 2000 would be dropped silently; their bytes are limited already.
  server.maxHeadersCount = 0;
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address !== null && typeof address !== "string") return address.port;
  throw new InternalError("relay-no-port", "The relay listens on no port.");
}

function admitToWait(waiting: Set<Socket>, socket: Socket, cap: number): void {
  waiting.add(socket);
  const [longest] = waiting;
  if (waiting.size > cap) longest?.destroy();
}

function serveHttp(
  server: Server,
  options: ListenerOptions,
  admits: (request: IncomingMessage) => boolean,
): void {
  server.on("request", (request, response) => {
    if (admits(request)) serveAbsoluteForm(request, response, options);
  });
  server.on("upgrade", (request: IncomingMessage, _socket: Duplex, head: Buffer) => {
    if (admits(request)) serveUpgrade(request, head, options);
  });
  server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => {});
    const connect = { authority: request.url ?? "", rest: head };
    if (admits(request)) void serveConnect(request.socket, connect, options);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    answerAndEnd(socket, answerToUnreadable(error.code), options.clock);
  });
}

async function serveConnect(
  client: Socket,
  { authority, rest }: Pick<PlainConnect, "authority" | "rest">,
  options: ListenerOptions,
): Promise<void> {
  const target = parseAuthority(authority);
  if (target === undefined) {
    options.opener.decline(shown(authority), "it is not host:port");
    answerAndEnd(client, { status: 400, reason: "CONNECT wants host:port." }, options.clock);
    return;
  }
  const reached = await options.opener.reach(client, target);
  const answer = answerFor(reached);
  if (answer !== undefined) answerAndEnd(client, answer, options.clock);
  if (reached.kind !== "reached") return;
  client.write("HTTP/1.1 200 Connection established\r\n\r\n", "latin1");
  if (rest.length > 0) reached.socket.write(rest);
  joinSockets(client, reached.socket);
}

function shown(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, "?").slice(0, 100);
}

function answerToUnreadable(code: string | undefined): Answer {
  if (code === "HPE_HEADER_OVERFLOW") return { status: 431, reason: "The head is too long." };
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return { status: 408, reason: "The head took too long." };
  return { status: 400, reason: "This is not an HTTP request." };
}
