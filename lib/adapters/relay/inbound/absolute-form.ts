import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type RequestOptions,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { formatAuthority } from "../../../domain/proxy/proxy-endpoint.ts";
import type { Clock } from "../../../ports/clock.ts";
import { destroy, joinSockets } from "../sockets.ts";
import type { Reached, TunnelOpener } from "../tunnel-opener.ts";
import { endToEndHeaders, parseAbsoluteForm, type Target } from "../wire/http-frames.ts";
import { type Answer, answerAndEnd, answerFor, bodyOf, headersOf } from "./answers.ts";

export interface AbsoluteFormOptions {
  readonly opener: TunnelOpener;
  readonly clock: Clock;
}

/**
 * Serves one plain HTTP request in absolute form by a request of our own through a tunnel. The body is framed anew, so a
 * client cannot smuggle a second request to the target, and the next request of the connection may name another target.
 */
export function serveAbsoluteForm(
  request: IncomingMessage,
  response: ServerResponse,
  options: AbsoluteFormOptions,
): void {
  const form = parseAbsoluteForm(request.url ?? "");
  if (form === undefined) {
    options.opener.decline("a request", "it has no http:// target");
    tell(request, response, notAbsolute);
    return;
  }
  const framing = framingOf(request);
  const outgoing = openRequest({
    ...routeTo(form.target, agentOf(request.socket, options)),
    method: request.method,
    path: form.path,
    headers: [...headersTo(form.target, request), ...framing],
  });
  outgoing.on("response", (incoming) => passOn(incoming, response));
  outgoing.on("error", (error) => {
    const answer = answerToError(error, outgoing);
    if (answer === undefined || response.headersSent) destroy(request.socket);
    else tell(request, response, answer);
  });
  response.once("close", () => outgoing.destroy());
  if (framing.length === 0) outgoing.end();
  else pipeline(request, outgoing, () => {});
}

/** Serves an upgrade in absolute form (WebSocket over plain HTTP): tunnelled once the target has agreed to it. */
export function serveUpgrade(request: IncomingMessage, head: Buffer, options: AbsoluteFormOptions): void {
  const client = request.socket;
  client.on("error", () => {});
  const form = parseAbsoluteForm(request.url ?? "");
  const refusal =
    form === undefined ? notAbsolute : framingOf(request).length > 0 ? bodyWithUpgrade : undefined;
  if (form === undefined || refusal !== undefined) {
    options.opener.decline("an upgrade", "it has no http:// target, or has a body");
    answerAndEnd(client, refusal ?? notAbsolute, options.clock);
    return;
  }
  const outgoing = openRequest({
    ...routeTo(form.target, agentOf(client, options)),
    method: request.method,
    path: form.path,
    headers: [
      ...headersTo(form.target, request),
      "Connection",
      "Upgrade",
      "Upgrade",
      request.headers.upgrade ?? "",
    ],
  });
  client.once("close", () => outgoing.destroy());
  outgoing.on("error", (error) => {
    const answer = answerToError(error, outgoing);
    if (answer === undefined) destroy(client);
    else answerAndEnd(client, answer, options.clock);
  });
  outgoing.on("upgrade", (incoming, socket: Socket, targetHead) => {
    client.write(headText(incoming, incoming.rawHeaders), "latin1");
    if (targetHead.length > 0) client.write(targetHead);
    if (head.length > 0) socket.write(head);
    joinSockets(client, socket);
  });
  // The target did not agree: its answer ends the connection, since what the client says next was meant for an agreement.
  outgoing.on("response", (incoming) => {
    client.write(
      headText(incoming, [...endToEndHeaders(incoming.rawHeaders), "Connection", "close"]),
      "latin1",
    );
    pipeline(incoming, client, () => client.destroySoon());
  });
  outgoing.end();
}

const notAbsolute: Answer = {
  status: 400,
  reason: "This is a proxy: it takes CONNECT host:port, or http://host/path for plain HTTP",
};
const bodyWithUpgrade: Answer = { status: 501, reason: "An upgrade with a body is not supported." };

const agents = new WeakMap<Socket, Agent>();

/** One agent a client connection: its tunnels are its own, and end with it. */
function agentOf(client: Socket, options: AbsoluteFormOptions): Agent {
  const known = agents.get(client);
  if (known !== undefined) return known;
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 1 });
  const dial = (target: RequestOptions, done: (error: Error | null, socket?: Socket) => void): void => {
    const { host, port } = target;
    options.opener.reach(client, { host: String(host), port: Number(port) }).then((reached) => {
      if (reached.kind === "reached") done(null, reached.socket);
      else done(new NotReached(reached));
    }, done);
  };
  Object.assign(agent, { createConnection: dial });
  agents.set(client, agent);
  client.once("close", () => agent.destroy());
  return agent;
}

class NotReached extends Error {
  override readonly name = "NotReached";
  readonly reached: Reached;
  constructor(reached: Reached) {
    super(reached.kind);
    this.reached = reached;
  }
}

function routeTo(target: Target, agent: Agent): RequestOptions {
  return { host: target.host, port: target.port, agent, setHost: false };
}

// The request line's target rules; a Host that says otherwise would be a second opinion for the target.
function headersTo(target: Target, request: IncomingMessage): string[] {
  const authority = formatAuthority(target.host, target.port);
  const host = target.port === 80 ? authority.slice(0, -":80".length) : authority;
  return ["Host", host, ...endToEndHeaders(request.rawHeaders, ["host", "content-length"])];
}

function framingOf(request: IncomingMessage): string[] {
  if (request.headers["transfer-encoding"] !== undefined) return ["Transfer-Encoding", "chunked"];
  const length = request.headers["content-length"];
  return length === undefined ? [] : ["Content-Length", length];
}

function passOn(incoming: IncomingMessage, response: ServerResponse): void {
  // A 407 of the target must not make the client think that its run token was refused.
  const status = incoming.statusCode === 407 ? 502 : (incoming.statusCode ?? 502);
  response.writeHead(status, incoming.statusMessage, endToEndHeaders(incoming.rawHeaders));
  pipeline(incoming, response, () => {});
}

function headText(incoming: IncomingMessage, rawHeaders: readonly string[]): string {
  const lines = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  return `HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage}\r\n${lines.join("")}\r\n`;
}

// A kept tunnel that the target closed meanwhile looks to the client as a kept connection that closed: it knows what to do.
function answerToError(error: Error, outgoing: ClientRequest): Answer | undefined {
  if (error instanceof NotReached) return answerFor(error.reached);
  if (outgoing.reusedSocket) return undefined;
  return { status: 502, reason: "The target closed the connection before it answered." };
}

function tell(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  request.resume();
  if (response.destroyed) return;
  response.writeHead(answer.status, headersOf(answer)).end(bodyOf(answer));
}
