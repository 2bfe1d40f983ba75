import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { dnsServers, labAddresses } from "../lab-addresses.ts";
import { type Note, plainPeer } from "./book.ts";
import { answerQuestion, readQuestion } from "./dns-message.ts";

/** Answers DNS over UDP and TCP for every address of the internet, and writes every question down. */
export async function serveDns(note: Note): Promise<void> {
  const answer = (query: Buffer, peer: string): Buffer | undefined => {
    const question = readQuestion(query);
    note({ kind: "dns", peer, port: 53, text: question?.name ?? "no question" });
    return question === undefined ? undefined : answerQuestion(query, question, everyName);
  };
  // A reply leaves from the address that its socket is bound to, and clients take it from the one they asked alone.
  for (const own of [...Object.values(dnsServers), "::"]) {
    const socket = createSocket({ type: own === "::" ? "udp6" : "udp4", reuseAddr: true });
    socket.on("message", (query, { address, port }) => {
      const reply = answer(query, plainPeer(address));
      if (reply !== undefined) socket.send(reply, port, address);
    });
    socket.bind(53, own);
    await once(socket, "listening");
  }
  const server = createServer((stream) => {
    const peer = plainPeer(stream.remoteAddress);
    note({ kind: "tcp", peer, port: 53, text: "" });
    stream.on("error", () => {});
    stream.on("data", (frame) => {
      const reply = answer(frame.subarray(2), peer);
      if (reply === undefined) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      stream.end(Buffer.concat([length, reply]));
    });
  });
  server.listen(53, "::");
  await once(server, "listening");
}

/** Takes datagrams on a port, writes them down and sends them back. */
export async function sinkDatagrams(port: number, note: Note): Promise<void> {
  const socket = createSocket({ type: "udp6" });
  socket.on("message", (message, sender) => {
    note({ kind: "udp", peer: plainPeer(sender.address), port, text: message.toString("latin1", 0, 80) });
    socket.send(message, sender.port, sender.address);
  });
  socket.bind(port, "::");
  await once(socket, "listening");
}

// Every name is the target, so that a program of anybody's finds what it looks for.
const ipv6 = Buffer.from([0x20, 0x01, 0x0d, 0xb8, 0, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10]);
const everyName = { ipv4: labAddresses.target, ipv6 };
