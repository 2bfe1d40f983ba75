import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Note, plainPeer } from "./book.ts";

/** PEM texts of the target's certificate. */
export interface TargetCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Serves HTTP and ws:// on a port: each answer is the peer that was seen. */
export async function serveWeb(port: number, note: Note): Promise<void> {
  const server = createServer((request, response) => answer(request, response, note, port));
  server.on("upgrade", (request, socket) => upgrade(request, socket, note, port));
  await listen(server, port, note);
}

/** Serves HTTPS (1.1 and 2), wss:// and gRPC calls on a port in the same way. */
export async function serveSecureWeb(
  port: number,
  certificate: TargetCertificate,
  note: Note,
): Promise<void> {
  const server = createSecureServer({ ...certificate, allowHTTP1: true });
  server.on("request", (request, response) => {
    if (request.headers["content-type"] !== "application/grpc") answer(request, response, note, port);
  });
  server.on("stream", (stream, headers) => {
    if (headers["content-type"] === "application/grpc") answerCall(stream, note, port, headers[":path"]);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => upgrade(request, socket, note, port));
  server.on("sessionError", () => {});
  await listen(server, port, note);
}

/** Speaks first, then says back the line it got: a protocol of its own. */
export async function serveGreeting(port: number, note: Note): Promise<void> {
  const server = createTcpServer((socket) => {
    const peer = plainPeer(socket.remoteAddress);
    socket.write(`hello ${peer}\n`);
    socket.once("data", (data) => {
      note({ kind: "http", peer, port, text: data.toString("latin1").trim() });
      socket.end(data);
    });
  });
  await listen(server, port, note);
}

async function listen(server: Server, port: number, note: Note): Promise<void> {
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    note({ kind: "tcp", peer: plainPeer(socket.remoteAddress), port, text: "" });
  });
  server.on("tlsClientError", () => {});
  server.listen(port, "::");
  await once(server, "listening");
}

function answer(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  note: Note,
  port: number,
): void {
  const peer = plainPeer(request.socket.remoteAddress);
  note({ kind: "http", peer, port, text: request.url ?? "" });
  const body = `{"peer":"${peer}"}\n`;
  (response as ServerResponse).writeHead(200, {
    "content-type": "application/json",
    "content-length": body.length,
  });
  (response as ServerResponse).end(body);
}

// RFC 6455 §4.2.2 and §5.2: one text frame with the peer, then a close frame.
function upgrade(request: IncomingMessage, socket: Duplex, note: Note, port: number): void {
  const peer = plainPeer(request.socket.remoteAddress);
  note({ kind: "http", peer, port, text: request.url ?? "" });
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  socket.on("error", () => {});
  socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join("\r\n")}\r\n\r\n`);
  const text = Buffer.from(`{"peer":"${peer}"}`);
  socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
  socket.once("data", () => socket.end(Buffer.from([0x88, 0])));
}

// An answer of trailers alone, which needs no message: enough for the client to be content.
function answerCall(stream: ServerHttp2Stream, note: Note, port: number, path = ""): void {
  note({ kind: "http", peer: plainPeer(stream.session?.socket.remoteAddress), port, text: path });
  stream.on("error", () => {});
  const head = { ":status": 200, "content-type": "application/grpc", "grpc-status": "0" };
  stream.respond(head, { endStream: true });
}
