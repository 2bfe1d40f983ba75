import { once } from "node:events";
import { ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { maxBodyBytes } from "./witness-body.ts";
import type { WitnessTarget } from "./witness-url.ts";

export interface RawAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** At most one byte more than a body may have: enough to see that it is too long. */
  readonly body: string;
}

/** One GET over a fresh connection, which is destroyed afterwards whatever happens; rejects when it breaks or the signal aborts. */
export async function exchange(
  target: WitnessTarget,
  connection: Duplex,
  signal: AbortSignal,
): Promise<RawAnswer> {
  // A connection that breaks after we are done with it must not bring the launcher down.
  connection.on("error", () => {});
  const destroy = () => void connection.destroy();
  signal.addEventListener("abort", destroy, { once: true });
  try {
    signal.throwIfAborted();
    const stream = target.isTls ? await secure(target, connection, signal) : connection;
    return await get(target, stream, signal);
  } finally {
    signal.removeEventListener("abort", destroy);
    destroy();
  }
}

// `rejectUnauthorized` is said aloud so that NODE_TLS_REJECT_UNAUTHORIZED cannot turn it off: whoever could answer for the
// witness could choose the exit that we believe in. NODE_EXTRA_CA_CERTS still adds authorities.
async function secure(target: WitnessTarget, connection: Duplex, signal: AbortSignal): Promise<TLSSocket> {
  const stream = connectTls({
    socket: connection,
    host: target.host,
    ...(target.serverName === undefined ? {} : { servername: target.serverName }),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: true,
  });
  const failed = new Promise<never>((_resolve, reject) => {
    stream.on("error", reject);
    stream.once("close", () => reject(brokenOff()));
  });
  await Promise.race([once(stream, "secureConnect", { signal }), failed]);
  return stream;
}

// ClientRequest itself, not http.request: programs that patch the latter (global-agent by NODE_OPTIONS) would send our
// question through a proxy of their own. Without an agent there is no keep-alive and no pool.
async function get(target: WitnessTarget, stream: Duplex, signal: AbortSignal): Promise<RawAnswer> {
  const request = new ClientRequest({
    method: "GET",
    path: target.path,
    setHost: false,
    headers: {
      host: target.hostHeader,
      accept: "application/json, text/plain;q=0.9, */*;q=0.1",
      "accept-encoding": "identity",
      // What Node's own fetch says: nothing that ties the exits of one operator together.
      "user-agent": "node",
    },
    createConnection: () => stream as import("node:net").Socket,
    insecureHTTPParser: false,
    signal,
  });
  request.on("error", () => {});
  // Whoever dialled may hand the stream over paused, so that no early byte is lost; a `data` listener alone does not undo that.
  request.once("socket", (socket) => void socket.resume());
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await readBody(response),
  };
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBodyBytes) break;
  }
  const body = Buffer.concat(chunks).subarray(0, maxBodyBytes + 1);
  return body.toString("utf8").replace(/^\uFEFF/, "");
}

function brokenOff(): Error {
  return Object.assign(new Error("the connection ended during the TLS handshake"), { code: "ECONNRESET" });
}
