import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createSecureServer } from "node:http2";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeLabCertificates } from "../../lab/certificates.ts";
import { type LabProxy, startHttpProxy } from "../../lab/http-proxy.ts";
import { type LabVenue, startVenue } from "../../lab/venue.ts";
import { builtFile } from "../../support/built.ts";
import { type Ended, startPreloaded } from "./preloaded.ts";

/** The address that everything through the lab's proxy comes from. */
const exitAddress = "127.88.0.1";
export const tunnel = builtFile("preload/preload/tunnel.js");
const token = "t0ken4run";

/** A proxy in the relay's place, and targets behind names that only it resolves. */
export interface TunnelLab {
  readonly proxy: LabProxy;
  readonly venue: LabVenue;
  readonly greeter: Server;
  /** Peers that the greeter and the plain server saw. */
  readonly peers: string[];
  readonly relayUrl: string;
  /** Runs a text as a bot under the tunnel; `V`, `P`, `G` and `H` are ports of the venue, the plain HTTP server, the greeter and the HTTP/2 server. */
  run(code: string, change?: RunChange): Promise<Ended>;
  close(): Promise<void>;
}

interface RunChange {
  readonly node?: string;
  readonly relayUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly preloads?: readonly string[];
  readonly flags?: readonly string[];
  /** Run these words in place of a text. */
  readonly args?: readonly string[];
}

/** Starts the lab: an HTTPS venue, a plain HTTP server, an HTTP/2 server, and a TCP server that speaks first and says everything back. */
export async function startTunnelLab(): Promise<TunnelLab> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-tunnel-"));
  const certificates = await makeLabCertificates();
  writeFileSync(join(folder, "ca.pem"), certificates.ca);
  const peers: string[] = [];
  const venue = await startVenue({ certificates });
  const plain = createHttpServer((request, response) => {
    peers.push(request.socket.remoteAddress ?? "");
    response.end(`peer ${request.socket.remoteAddress}`);
  });
  const greeter = createServer({ allowHalfOpen: true }, (socket) => {
    peers.push(socket.remoteAddress ?? "");
    socket.on("error", () => {});
    socket.write("hello ");
    socket.pipe(socket);
  });
  const { cert, key } = certificates;
  const http2 = createSecureServer({ cert, key }, (_, response) => response.end("over HTTP/2"));
  http2.on("connection", (socket) => peers.push(socket.remoteAddress ?? ""));
  const servers = [plain, greeter, http2];
  for (const server of servers) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  const names = { "venue.test": "127.0.0.1", "witness.test": "127.0.0.1" };
  const proxy = await startHttpProxy({ exitAddress, user: "launch", pass: token, names });
  const relayUrl = `http://launch:${token}@127.0.0.1:${proxy.port}`;
  const port = (server: Server) => (server.address() as AddressInfo).port;
  const ports = `const [V, P, G, H] = [${venue.port}, ${servers.map(port).join()}];\n`;
  return {
    proxy,
    venue,
    greeter,
    peers,
    relayUrl,
    run: (code, change = {}) => {
      const relay = change.relayUrl ?? relayUrl;
      const env = { HTTPS_PROXY: relay, HTTP_PROXY: relay, GLOBAL_AGENT_HTTP_PROXY: relay };
      return startPreloaded({
        ...(change.node === undefined ? {} : { node: change.node }),
        preloads: change.preloads ?? [tunnel],
        env: { ...env, NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"), ...change.env },
        args: [...(change.flags ?? []), ...(change.args ?? ["-e", ports + code])],
      }).ended;
    },
    async close() {
      await Promise.all([venue.close(), proxy.close()]);
      for (const server of servers) server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
