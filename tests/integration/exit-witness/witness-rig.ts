import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import { exitWitness } from "../../../lib/adapters/exit-witness/exit-witness.ts";
import { parsePublicRange } from "../../../lib/domain/ip.ts";
import type { Dial } from "../../../lib/ports/exit-witness.ts";
import { type EchoOptions, startEcho } from "../../lab/echo.ts";
import { lookupIn } from "../../lab/names.ts";

/** What the lab's proxies and the direct look-up resolve; nothing else knows it. */
export const names = { "witness.test": "127.0.0.1" };
/** For the lab: loopback addresses count. */
export const witness = exitWitness(
  { publicRanges: [parsePublicRange("127.0.0.0/8")], lookup: lookupIn(names) },
  systemClock,
);
/** What the present test has to take down again, last first. */
export const closers: Array<() => Promise<unknown>> = [];

/** For afterEach. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

/** Waits for a lab piece and closes it with the test. */
export const started = async <T extends { close(): Promise<void> }>(piece: Promise<T>): Promise<T> => {
  const it = await piece;
  closers.push(() => it.close());
  return it;
};
/** An HTTP witness on a free port. */
export const echo = (options: Partial<EchoOptions> = {}) =>
  started(startEcho({ shape: "ipify", ...options }));

/** Plain connections to one port of this host, whatever name was asked for; remembers them. */
export function plainDial(port: number, sockets: Socket[] = []): Dial {
  return async () => {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  };
}

/** A server that does with each connection what the test says. */
export async function rawServer(serve: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
