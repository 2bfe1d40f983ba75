import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { LabCertificates } from "./certificates.ts";
import { type Fault, type ListenAt, openFront } from "./front.ts";

/** One request or WebSocket connection as the venue saw it. */
export interface VenueEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The `X-Account` header, or `account` of the query. */
  readonly account: string | undefined;
  /** The peer's address, an IPv4-mapped one as IPv4. */
  readonly peer: string;
  readonly path: string;
  readonly kind: "request" | "websocket" | "message";
}

/** What the venue answers instead of 200, until told otherwise. */
export interface VenueAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LabVenue {
  readonly host: string;
  readonly port: number;
  /** Everything that arrived, in order. */
  readonly log: readonly VenueEntry[];
  /** The first entry, past or coming, that fits; rejects when the signal aborts. */
  readonly waitFor: (fits: (entry: VenueEntry) => boolean, signal?: AbortSignal) => Promise<VenueEntry>;
  readonly onEntry: (listener: (entry: VenueEntry) => void) => void;
  /** Answers every request so, or those that come from the peer; undefined is the usual 200. WebSockets are refused so as well. */
  setAnswer(answer: VenueAnswer | undefined, peer?: string): void;
  setFault(fault: Fault): void;
  close(): Promise<void>;
}

const everybody = "";

/**
 * A small exchange: GET /time, POST /order, WebSocket /stream (a tick on connect, every message sent back),
 * and 404 elsewhere; HTTPS only. It writes down who came from where.
 */
export async function startVenue(options: {
  readonly listen?: ListenAt;
  readonly certificates: LabCertificates;
}): Promise<LabVenue> {
  const { cert, key } = options.certificates;
  const book = openBook();
  const answers = new Map<string, VenueAnswer>();
  const answerTo = ({ peer }: VenueEntry): VenueAnswer | undefined =>
    answers.get(peer) ?? answers.get(everybody);
  let orders = 0;
  const server = createServer({ cert, key }, (request, response) => {
    const entry = book.write(request, "request");
    request.resume();
    const answer = answerTo(entry);
    if (answer !== undefined) return send(response, answer.status, answer.body ?? "", answer.headers);
    const path = entry.path.split("?")[0];
    if (path === "/time")
      return send(response, 200, JSON.stringify({ serverTime: entry.at, peer: entry.peer }));
    if (path === "/order" && request.method === "POST") {
      return send(
        response,
        200,
        JSON.stringify({ orderId: ++orders, account: entry.account, peer: entry.peer }),
      );
    }
    send(response, 404, JSON.stringify({ error: "no such path" }));
  });
  const streams = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const peer = peerOf(request);
    const answer = answers.get(peer) ?? answers.get(everybody);
    if (answer !== undefined) return refuseUpgrade(socket, answer);
    streams.handleUpgrade(request, socket, head, (stream) => serveStream(stream, request, book));
  });
  const front = await openFront(options.listen ?? {}, (socket) => server.emit("connection", socket));
  return {
    host: front.host,
    port: front.port,
    log: book.entries,
    waitFor: book.waitFor,
    onEntry: book.onEntry,
    setAnswer(next, peer = everybody) {
      if (next === undefined) answers.delete(peer);
      else answers.set(peer, next);
    },
    setFault: front.setFault,
    close: front.kill,
  };
}

function peerOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

function refuseUpgrade(socket: Duplex, { status, headers = {}, body = "" }: VenueAnswer): void {
  const lines = Object.entries({ ...headers, "content-length": String(Buffer.byteLength(body)) });
  const head = lines.map(([name, value]) => `${name}: ${value}`).join("\r\n");
  socket.end(`HTTP/1.1 ${status} Refused\r\n${head}\r\nconnection: close\r\n\r\n${body}`);
}

interface Book {
  readonly entries: readonly VenueEntry[];
  write(request: IncomingMessage, kind: VenueEntry["kind"]): VenueEntry;
  waitFor: LabVenue["waitFor"];
  onEntry: LabVenue["onEntry"];
}

function openBook(): Book {
  const entries: VenueEntry[] = [];
  const news = new EventEmitter<{ entry: [VenueEntry] }>().setMaxListeners(0);
  return {
    entries,
    write(request, kind) {
      const path = request.url ?? "";
      const named =
        request.headers["x-account"] ?? new URL(path, "https://venue.test").searchParams.get("account");
      const entry: VenueEntry = {
        at: Date.now(),
        account: named?.toString(),
        peer: peerOf(request),
        path,
        kind,
      };
      entries.push(entry);
      news.emit("entry", entry);
      return entry;
    },
    waitFor(fits, signal) {
      const past = entries.find(fits);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const look = (entry: VenueEntry): void => {
          if (!fits(entry)) return;
          news.off("entry", look);
          resolve(entry);
        };
        news.on("entry", look);
        signal?.addEventListener("abort", () => {
          news.off("entry", look);
          reject(new Error(`The venue saw nothing that fits in ${entries.length} entries.`));
        });
      });
    },
    onEntry: (listener) => news.on("entry", listener),
  };
}

function serveStream(stream: WebSocket, request: IncomingMessage, book: Book): void {
  const entry = book.write(request, "websocket");
  stream.on("error", () => {});
  stream.send(JSON.stringify({ type: "tick", peer: entry.peer }));
  stream.on("message", (data, isBinary) => {
    book.write(request, "message");
    stream.send(data, { binary: isBinary });
  });
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": length, ...headers });
  response.end(body);
}
