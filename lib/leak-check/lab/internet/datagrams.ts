import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import {
  answerCodes,
  formatAnswer,
  ipv4Bytes,
  parseQuestion,
  recordTypes,
} from "../../../adapters/isolation/dns/dns-message.ts";
import { labAddresses } from "../site/lab-addresses.ts";
import { type Door, plainPeer } from "./book.ts";

/** Where datagrams are taken. */
export interface DatagramPlace {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** Answers DNS over UDP, and writes every question down; gives back its port. */
export async function serveDns(door: Door, { host, port }: DatagramPlace): Promise<number> {
  const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4", reuseAddr: true });
  socket.on("message", (query, sender) => {
    const reply = answer(query, plainPeer(sender.address), door);
    if (reply !== undefined) socket.send(reply, sender.port, sender.address);
  });
  socket.bind(port, host);
  await once(socket, "listening");
  return socket.address().port;
}

/** Answers DNS over TCP in the same way. */
export function dnsServer(door: Door): Server {
  return createServer((stream) => {
    const peer = door.peerOf(stream);
    door.note({ kind: "tcp", peer, port: door.port, text: "" });
    stream.on("error", () => {});
    stream.on("data", (frame) => {
      const reply = answer(frame.subarray(2), peer, door);
      if (reply === undefined) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      stream.end(Buffer.concat([length, reply]));
    });
  });
}

/** Takes datagrams, writes them down and sends them back; gives back its port. */
export async function sinkDatagrams(door: Door, { host, port }: DatagramPlace): Promise<number> {
  const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4" });
  socket.on("message", (message, sender) => {
    const text = message.toString("latin1", 0, 80);
    door.note({ kind: "udp", peer: plainPeer(sender.address), port: door.port, text });
    socket.send(message, sender.port, sender.address);
  });
  socket.bind(port, host);
  await once(socket, "listening");
  return socket.address().port;
}

function answer(query: Buffer, peer: string, door: Door): Buffer | undefined {
  const question = parseQuestion(query);
  door.note({ kind: "dns", peer, port: door.port, text: question?.name ?? "no question" });
  return question && formatAnswer(question, answerCodes.fine, everyName.get(question.type));
}

// Every name is the target, so that a program of anybody's finds what it looks for.
const everyName: ReadonlyMap<number, Buffer> = new Map([
  [recordTypes.a, ipv4Bytes(labAddresses.target)],
  [recordTypes.aaaa, Buffer.from([0x20, 0x01, 0x0d, 0xb8, 0, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10])],
]);
