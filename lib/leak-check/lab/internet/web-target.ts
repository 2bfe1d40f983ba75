import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Door } from "./book.ts";
import type { Certificates } from "./certificates.ts";

/** Serves HTTP and ws://: each answer is the peer that was seen. */
export function webServer(door: Door): Server {
  const server = createServer((request, response) => answer(request, response, door));
  server.on("upgrade", (request, socket) => upgrade(request, socket, door));
  return noting(server, door);
}

/** Serves HTTPS (1.1 and 2), wss:// and gRPC calls in the same way. */
export function secureWebServer(door: Door, certificates: Certificates): Server {
  const server = createSecureServer({ ...certificates, allowHTTP1: true });
  server.on("request", (request, response) => {
    if (request.headers["content-type"] !== "application/grpc") answer(request, response, door);
  });
  server.on("stream", (stream, headers) => {
    if (headers["content-type"] === "application/grpc") answerCall(stream, door, headers[":path"]);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => upgrade(request, socket, door));
  server.on("sessionError", () => {});
  return noting(server, door);
}

/** Speaks first, then says back the line it got: a protocol of its own. */
export function greetingServer(door: Door): Server {
  const server = createTcpServer((socket) => {
    const peer = door.peerOf(socket);
    socket.write(`hello ${peer}\n`);
    socket.once("data", (data) => {
      door.note({ kind: "http", peer, port: door.port, text: data.toString("latin1").trim() });
      socket.end(data);
    });
  });
  return noting(server, door);
}

function noting(server: Server, door: Door): Server {
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    door.note({ kind: "tcp", peer: door.peerOf(socket), port: door.port, text: "" });
  });
  return server.on("tlsClientError", () => {});
}

function answer(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  door: Door,
): void {
  const peer = door.peerOf(request.socket);
  door.note({ kind: "http", peer, port: door.port, text: request.url ?? "" });
  const body = `{"peer":"${peer}"}\n`;
  (response as ServerResponse).writeHead(200, {
    "content-type": "application/json",
    "content-length": body.length,
  });
  (response as ServerResponse).end(body);
}

// RFC 6455 §4.2.2 and §5.2: one text frame with the peer, then a close frame.
function upgrade(request: IncomingMessage, socket: Duplex, door: Door): void {
  const peer = door.peerOf(request.socket);
  door.note({ kind: "http", peer, port: door.port, text: request.url ?? "" });
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
function answerCall(stream: ServerHttp2Stream, door: Door, path = ""): void {
  door.note({ kind: "http", peer: door.peerOf(stream.session?.socket), port: door.port, text: path });
  stream.on("error", () => {});
  const head = { ":status": 200, "content-type": "application/grpc", "grpc-status": "0" };
  stream.respond(head, { endStream: true });
}
