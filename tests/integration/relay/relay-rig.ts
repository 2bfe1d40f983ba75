import { EventEmitter, once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { execa } from "execa";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import { type RelayTuning, relayFactory } from "../../../lib/adapters/relay/relay.ts";
import { parsePublicRange } from "../../../lib/domain/ip.ts";
import type { Upstream } from "../../../lib/domain/proxy/proxy.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import type { Relay, RelayEvent } from "../../../lib/ports/relay.ts";
import { type LabCertificates, makeLabCertificates } from "../../lab/certificates.ts";
import { type LabProxy, type LabProxyOptions, startHttpProxy, startTlsProxy } from "../../lab/http-proxy.ts";
import { startSocksProxy } from "../../lab/socks-proxy.ts";
import { patientSeconds } from "../../patience/patience.ts";

/** The run token, and the credential of every proxy of the rig: each awkward byte once. */
export const token = "Run0Token";
export const user = "customer-ü%20";
export const pass = "p@ss:w/%rd€ \"'";
const names = { "target.test": "127.0.0.21", "other.test": "127.0.0.22", "six.test": "::1" };
export const schemes = ["http", "https", "socks5"] as const;

/** A relay with what it needs around it; everything that it started ends with `close`. */
export interface RelayRig {
  readonly relay: Relay;
  readonly events: readonly RelayEvent[];
  /** The first event of the type, past or coming. */
  event<T extends RelayEvent["type"]>(type: T): Promise<Extract<RelayEvent, { type: T }>>;
  proxy(scheme: LabProxy["scheme"], options?: Partial<LabProxyOptions>): Promise<LabProxy>;
  /** A proxy that the relay uses from now on. */
  use(scheme: LabProxy["scheme"], options?: Partial<LabProxyOptions>): Promise<LabProxy>;
  http(listener: RequestListener, host?: string): Promise<number>;
  tcp(listener: (socket: Socket) => void, host?: string): Promise<number>;
  /** A connection to the relay itself; closed with the rig. */
  knock(): Promise<Socket>;
  curl(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

let sharedCertificates: Promise<LabCertificates> | undefined;

/** Opens a relay whose gate is open; waits are short where `tuning` says so. */
export async function openRelayRig(
  options: {
    readonly local?: readonly string[];
    readonly tuning?: RelayTuning;
    readonly isShut?: boolean;
  } = {},
): Promise<RelayRig> {
  sharedCertificates ??= makeLabCertificates();
  const certificates = await sharedCertificates;
  const closers: Array<() => Promise<unknown>> = [];
  const events: RelayEvent[] = [];
  const news = new EventEmitter();
  const relay = await relayFactory(systemClock, { proxyCa: certificates.ca, ...options.tuning }).open({
    name: "alice",
    token,
    local: options.local ?? [],
    publicRanges: [parsePublicRange("127.0.0.16/28"), parsePublicRange("::1/128")],
    onEvent(event) {
      events.push(event);
      news.emit("event", event);
    },
  });
  closers.push(() => relay.close());
  if (options.isShut !== true) relay.open();

  const proxy: RelayRig["proxy"] = async (scheme, extra = {}) => {
    const given = { exitAddress: "127.0.0.11", user, pass, names, ...extra };
    const starters = {
      http: () => startHttpProxy(given),
      https: () => startTlsProxy({ ...given, certificates }),
      socks5: () => startSocksProxy(given),
    };
    const started = await starters[scheme]();
    closers.push(() => started.close());
    return started;
  };
  const server = async (it: Server, host: string): Promise<number> => {
    const sockets = new Set<Socket>();
    it.on("connection", (socket: Socket) => {
      sockets.add(socket.on("error", () => {}));
      socket.once("close", () => sockets.delete(socket));
    });
    it.listen(0, host);
    await once(it, "listening");
    closers.push(async () => {
      const closed = once(it, "close");
      it.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    });
    return (it.address() as { port: number }).port;
  };
  return {
    relay,
    events,
    async event(type) {
      for (;;) {
        const found = events.find((event) => event.type === type);
        if (found !== undefined) return found as Extract<RelayEvent, { type: typeof type }>;
        await once(news, "event");
      }
    },
    proxy,
    async use(scheme, extra) {
      const started = await proxy(scheme, extra);
      relay.setUpstream(upstreamOf(started));
      return started;
    },
    http: (listener, host = names["target.test"]) => server(createHttpServer(listener), host),
    tcp: (listener, host = names["target.test"]) =>
      server(createServer({ allowHalfOpen: true }, listener), host),
    async knock() {
      const socket = connect({ host: relay.host, port: relay.port, allowHalfOpen: true });
      socket.on("error", () => {});
      closers.push(async () => socket.destroy());
      await once(socket, "connect");
      return socket;
    },
    curl: async (...args) =>
      (
        await execa("curl", ["-sS", "--max-time", `${patientSeconds(20)}`, ...args], {
          stripFinalNewline: false,
        })
      ).stdout,
    async close() {
      for (const close of closers.splice(0)) await close();
    },
  };
}

/** The relay's view of a lab proxy. */
export function upstreamOf(proxy: LabProxy, secret = pass, as = user): Upstream {
  return {
    label: "fra-1",
    endpoint: {
      scheme: proxy.scheme,
      host: proxy.scheme === "https" ? "localhost" : proxy.host,
      port: proxy.port,
    },
    credential: { user: as, secret: new Secret(secret) },
  };
}

/** curl's arguments for each way into the relay. */
export function ways(
  relay: Relay,
  password = token,
): Readonly<Record<"CONNECT" | "absolute form" | "SOCKS5", string[]>> {
  const at = `bot:${password}@${relay.host}:${relay.port}`;
  return {
    CONNECT: ["-p", "-x", `http://${at}`],
    "absolute form": ["-x", `http://${at}`],
    SOCKS5: ["-x", `socks5h://${at}`],
  };
}

/** The head of a CONNECT to the relay. */
export function connectTo(authority: string, password = token): string {
  const auth = Buffer.from(`bot:${password}`).toString("base64");
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: Basic ${auth}\r\n\r\n`;
}

/** Everything that the socket says until its end. */
export async function hear(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).once("end", () => socket.end());
  if (!socket.destroyed) await once(socket, "close").catch(() => {});
  return Buffer.concat(chunks).toString("latin1");
}

/** Waits until the socket has said the text. */
export function hearing(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString("latin1");
      if (heard.includes(text)) resolve(heard);
    });
    socket.once("close", () => reject(new Error(`closed after ${JSON.stringify(heard)}`)));
  });
}
