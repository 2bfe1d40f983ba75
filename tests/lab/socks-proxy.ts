import { connect, isIPv6, type Socket } from "node:net";
import { type Front, openFront } from "./front.ts";
import type { LabProxy, LabProxyOptions } from "./http-proxy.ts";
import { lookupIn } from "./names.ts";

/** A SOCKS5 server (RFC 1928, RFC 1929) that resolves names itself, by the table alone. */
export async function startSocksProxy(options: LabProxyOptions): Promise<LabProxy> {
  const seen: Seen = { requests: 0, refused: 0, targets: [] };
  const front: Front = await openFront(options.listen ?? {}, (socket) => {
    serve(socket, { options, seen, front }).catch(() => socket.destroy());
  });
  return {
    scheme: "socks5",
    host: front.host,
    port: front.port,
    exitAddress: options.exitAddress,
    counters: () => ({ accepted: front.accepted, open: front.open, ...seen, targets: [...seen.targets] }),
    setFault: front.setFault,
    kill: front.kill,
    revive: front.revive,
    close: front.kill,
  };
}

interface Seen {
  requests: number;
  refused: number;
  readonly targets: string[];
}

interface Session {
  readonly options: LabProxyOptions;
  readonly seen: Seen;
  readonly front: Front;
}

async function serve(socket: Socket, { options, seen, front }: Session): Promise<void> {
  const read = byteReader(socket);
  const status = front.fault.kind === "status" ? front.fault.status : 0;
  const methods = await read((await read(2)).readUInt8(1));
  const wanted = options.user === undefined ? 0 : 2;
  if (!methods.includes(wanted)) {
    seen.refused++;
    socket.end(Buffer.from([5, 0xff]));
    return;
  }
  socket.write(Buffer.from([5, wanted]));
  if (wanted === 2) {
    const user = (await read((await read(2)).readUInt8(1))).toString("utf8");
    const pass = (await read((await read(1)).readUInt8(0))).toString("utf8");
    if (user !== options.user || pass !== options.pass || status === 401 || status === 407) {
      seen.refused++;
      socket.end(Buffer.from([1, 1]));
      return;
    }
    socket.write(Buffer.from([1, 0]));
  }
  const host = await readHost(read, (await read(4)).readUInt8(3));
  const port = (await read(2)).readUInt16BE(0);
  if (status !== 0) {
    socket.end(reply(status));
    return;
  }
  seen.requests++;
  seen.targets.push(isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`);
  tunnel(socket, { host, port }, options);
}

async function readHost(read: (count: number) => Promise<Buffer>, type: number): Promise<string> {
  if (type === 1) return [...(await read(4))].join(".");
  if (type === 3) return (await read((await read(1)).readUInt8(0))).toString("latin1");
  const bytes = await read(16);
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(":");
}

const replyCodes: Readonly<Record<string, number>> = {
  ENETUNREACH: 3,
  ENOTFOUND: 4,
  EHOSTUNREACH: 4,
  ECONNREFUSED: 5,
};

function tunnel(socket: Socket, to: { host: string; port: number }, options: LabProxyOptions): void {
  const target = connect({
    ...to,
    localAddress: options.exitAddress,
    lookup: lookupIn(options.names),
    allowHalfOpen: true,
    noDelay: true,
  });
  const beforeConnected = (error: NodeJS.ErrnoException): void => {
    socket.end(reply(replyCodes[error.code ?? ""] ?? 1));
  };
  target.once("error", beforeConnected);
  target.on("error", () => {});
  target.once("connect", () => {
    target.off("error", beforeConnected).on("error", () => socket.resetAndDestroy());
    socket.write(reply(0));
    target.pipe(socket).pipe(target);
  });
  socket.once("close", () => target.destroySoon());
}

function reply(code: number): Buffer {
  return Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}

/** Reads exact numbers of bytes from a paused socket, and leaves what follows in it. */
function byteReader(socket: Socket): (count: number) => Promise<Buffer> {
  return (count) =>
    new Promise((resolve, reject) => {
      const take = (): void => {
        const bytes: Buffer | null = count === 0 ? Buffer.alloc(0) : socket.read(count);
        if (bytes === null && !socket.readableEnded && !socket.destroyed) return;
        socket.off("readable", take).off("end", take).off("close", take);
        if (bytes === null || bytes.length < count) reject(new Error("The client went away."));
        else resolve(bytes);
      };
      socket.on("readable", take).on("end", take).on("close", take);
      take();
    });
}
