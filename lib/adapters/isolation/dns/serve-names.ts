import type { Socket as DatagramSocket } from "node:dgram";
import type { Server, Socket } from "node:net";
import type { NameServer } from "./name-server.ts";

/** Connections over TCP at a time, and how long one may be silent: a resolver asks and leaves. */
const mostConnections = 64;
const silenceMs = 10_000;

/** Answers queries that come as datagrams, from the address that was asked. */
export function serveDatagrams(socket: DatagramSocket, answer: NameServer): void {
  socket.on("error", () => {});
  socket.on("message", (message, { port, address }) => {
    const reply = answer(message);
    if (reply !== undefined) socket.send(reply, port, address, () => {});
  });
}

/** Answers queries over TCP, each after its length in two bytes (RFC 1035 §4.2.2). */
export function serveStream(server: Server, answer: NameServer): void {
  server.maxConnections = mostConnections;
  server.on("error", () => {});
  server.on("connection", (socket) => converse(socket, answer));
}

function converse(socket: Socket, answer: NameServer): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.setTimeout(silenceMs, () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      const end = 2 + bytes.readUInt16BE(0);
      const reply = answer(bytes.subarray(2, end));
      bytes = bytes.subarray(end);
      if (reply === undefined) {
        socket.destroy();
        return;
      }
      socket.write(Buffer.concat([lengthOf(reply), reply]));
    }
  });
}

function lengthOf(reply: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(reply.length);
  return length;
}
