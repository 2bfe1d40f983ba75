import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as after } from "node:timers/promises";

/** What a lab proxy does wrong. */
export type Fault =
  | { readonly kind: "none" }
  /** Accepts the connection and never says a word. */
  | { readonly kind: "hang" }
  /** Accepts the connection and resets it. */
  | { readonly kind: "reset" }
  /** Answers with bytes that belong to no proxy protocol. */
  | { readonly kind: "garbage" }
  /** HTTP: answers every request with this status. SOCKS: 401 and 407 refuse the user, other numbers are the reply code. */
  | { readonly kind: "status"; readonly status: number }
  /** Answers each connection only after this time. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** Closes each connection after so many bytes to the client: the middle of a body. */
  | { readonly kind: "close-after"; readonly bytes: number };

export interface ListenAt {
  readonly host?: string;
  /** 0 or nothing: a free port, kept by `revive`. */
  readonly port?: number;
}

/** A TCP listener that can be killed and revived on its port, and that applies the faults below the protocol. */
export interface Front {
  readonly host: string;
  readonly port: number;
  readonly accepted: number;
  readonly open: number;
  readonly fault: Fault;
  readonly setFault: (fault: Fault) => void;
  /** Ends the listener and every connection at once, as a killed process would. */
  readonly kill: () => Promise<void>;
  readonly revive: () => Promise<void>;
}

/** Opens a listener on a loopback address; `serve` gets the sockets that no fault took. */
export async function openFront(listenAt: ListenAt, serve: (socket: Socket) => void): Promise<Front> {
  const host = listenAt.host ?? "127.0.0.1";
  const sockets = new Set<Socket>();
  let fault: Fault = { kind: "none" };
  let accepted = 0;
  const accept = (socket: Socket): void => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
    applyFault(fault, socket, serve);
  };
  let server = await listen(host, listenAt.port ?? 0, accept);
  const port = portOf(server);
  return {
    host,
    port,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    get fault() {
      return fault;
    },
    setFault(next) {
      fault = next;
    },
    kill() {
      // Its "close" is not waited for: Node forgets a connection whose reset fails without taking it off the server's count.
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      return Promise.resolve();
    },
    async revive() {
      if (!server.listening) server = await listen(host, port, accept);
    },
  };
}

async function listen(host: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, accept);
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The lab listens on no port.");
  return address.port;
}

function applyFault(fault: Fault, socket: Socket, serve: (socket: Socket) => void): void {
  switch (fault.kind) {
    case "hang":
      socket.resume().once("end", () => socket.destroy());
      return;
    case "reset":
      socket.resetAndDestroy();
      return;
    case "garbage":
      socket.once("data", () => socket.end("\u0000\u0001 this is no proxy \r\n\r\n"));
      return;
    case "slow":
      void after(fault.delayMs).then(() => {
        if (!socket.destroyed) serve(socket);
      });
      return;
    case "close-after":
      closeAfter(socket, fault.bytes);
      serve(socket);
      return;
    case "none":
    case "status":
      serve(socket);
      return;
  }
}

function closeAfter(socket: Socket, bytes: number): void {
  let left = bytes;
  const write = socket.write.bind(socket);
  socket.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    const data = Buffer.from(chunk as Uint8Array);
    const part = data.subarray(0, left);
    left -= part.length;
    if (left > 0) return Reflect.apply(write, socket, [part, ...rest]);
    if (!socket.destroyed) write(part, () => socket.destroy());
    return false;
  };
}
