import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { LabCertificates } from "./certificates.ts";
import { type Fault, type ListenAt, openFront } from "./front.ts";

type EchoShape =
  | "ipify"
  | "icanhazip"
  | "ipinfo"
  | "lumtest"
  | "oxylabs"
  | "decodo"
  /** Bright Data's mygeo form: it has no address. */
  | "mygeo";

/** What a witness says instead of the truth. */
export type EchoMood =
  | { readonly kind: "honest" }
  /** With `peer` only to who comes from there. */
  | { readonly kind: "lie"; readonly address: string; readonly peer?: string }
  | { readonly kind: "html" }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "body"; readonly body: string }
  | { readonly kind: "hang" };

export interface EchoOptions {
  readonly shape: EchoShape;
  readonly listen?: ListenAt;
  /** Given: the witness speaks HTTPS. */
  readonly certificates?: LabCertificates;
  /** The country told for each peer address; US where nothing is said. */
  readonly countries?: Readonly<Record<string, string>>;
}

/** A witness that answers with the address it sees. */
export interface LabEcho {
  readonly host: string;
  readonly port: number;
  /** Peer addresses of the requests so far, in order. */
  readonly peers: readonly string[];
  setMood(mood: EchoMood): void;
  setFault(fault: Fault): void;
  kill(): Promise<void>;
  revive(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a witness in the shape of a public one. */
export async function startEcho(options: EchoOptions): Promise<LabEcho> {
  const peers: string[] = [];
  let mood: EchoMood = { kind: "honest" };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const peer = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    peers.push(peer);
    if (mood.kind === "hang") return;
    const address = mood.kind === "lie" && (mood.peer ?? peer) === peer ? mood.address : peer;
    const country = options.countries?.[peer] ?? "US";
    const honest = bodies[options.shape](address, country);
    const { status, type, body } = spoil(mood, honest);
    response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) }).end(body);
  };
  const tls = options.certificates;
  const server =
    tls === undefined ? createServer(answer) : createTlsServer({ cert: tls.cert, key: tls.key }, answer);
  const front = await openFront(options.listen ?? {}, (socket) => server.emit("connection", socket));
  return {
    host: front.host,
    port: front.port,
    peers,
    setMood(next) {
      mood = next;
    },
    setFault: front.setFault,
    kill: front.kill,
    revive: front.revive,
    close: front.kill,
  };
}

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

const bodies: Readonly<Record<EchoShape, (ip: string, country: string) => string>> = {
  ipify: (ip) => json({ ip }),
  icanhazip: (ip) => `${ip}\n`,
  ipinfo: (ip, country) => json({ ip, city: "Lab", region: "Lab", country, org: "AS64500 Slipway lab" }),
  lumtest: (ip, country) =>
    json({ ip, country, asn: { asnum: 64_500, org_name: "Slipway lab" }, geo: { city: "Lab", region: "" } }),
  oxylabs: (ip, country) =>
    json({ ip, providers: { dbip: { country, asn: "64500" }, maxmind: { country, asn: "64500" } } }),
  decodo: (ip, country) => json({ proxy: { ip }, country: { code: country }, isp: { asn: 64_500 } }),
  mygeo: (_ip, country) => json({ country, asn: { asnum: 64_500 }, geo: { city: "Lab" } }),
};

function spoil(mood: EchoMood, honest: string): { status: number; type: string; body: string } {
  const type = honest.startsWith("{") ? "application/json" : "text/plain";
  if (mood.kind === "html") {
    return {
      status: 200,
      type: "text/html",
      body: "<!doctype html><title>Sign in</title><h1>Captive portal</h1>",
    };
  }
  if (mood.kind === "status") return { status: mood.status, type: "text/plain", body: "no\n" };
  if (mood.kind === "body") return { status: 200, type, body: mood.body };
  return { status: 200, type, body: honest };
}
