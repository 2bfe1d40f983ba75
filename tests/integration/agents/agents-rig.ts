import { EventEmitter, once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type LabCertificates, makeLabCertificates } from "../../lab/certificates.ts";
import { type LabProxy, type LabProxyOptions, startHttpProxy, startTlsProxy } from "../../lab/http-proxy.ts";
import { startSocksProxy } from "../../lab/socks-proxy.ts";
import { type LabVenue, startVenue } from "../../lab/venue.ts";

/** The credential of every proxy of the rig: each awkward byte once. */
export const user = "customer-ü%20";
export const pass = "p@ss:w/%rd€ \"'#?";
export const schemes = ["http", "https", "socks5"] as const;
export const exitAddress = "127.0.0.11";

/** A venue that only proxies can name, and proxies with an exit of their own before it. */
export interface AgentsRig {
  readonly certificates: LabCertificates;
  readonly venue: LabVenue;
  /** `https://venue.test:port`. */
  readonly venueUrl: string;
  proxy(scheme: LabProxy["scheme"], options?: Partial<LabProxyOptions>): Promise<LabProxy>;
  /** Where a plain HTTP server of the lab listens, which answers with the peer's address, and not at all to `/never`. */
  plainUrl(): Promise<string>;
  /** A request to `/never` has arrived. */
  neverAsked(): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens the venue; proxies are started when asked for. */
export async function openAgentsRig(): Promise<AgentsRig> {
  const certificates = await makeLabCertificates();
  const venue = await startVenue({ certificates });
  const closers: Array<() => Promise<unknown>> = [() => venue.close()];
  const names = { "venue.test": "127.0.0.1", "wrong.test": "127.0.0.1" };
  const heard = new EventEmitter();
  return {
    neverAsked: () => once(heard, "request"),
    certificates,
    venue,
    venueUrl: `https://venue.test:${venue.port}`,
    async proxy(scheme, extra = {}) {
      const given = { exitAddress, user, pass, names, ...extra };
      const starters = {
        http: () => startHttpProxy(given),
        https: () => startTlsProxy({ ...given, certificates }),
        socks5: () => startSocksProxy(given),
      };
      const proxy = await starters[scheme]();
      closers.push(() => proxy.close());
      return proxy;
    },
    async plainUrl() {
      const server = createServer((request, response) => {
        if (request.url !== "/never") response.end(JSON.stringify({ peer: request.socket.remoteAddress }));
        else heard.emit("request");
      });
      closers.push(() => closed(server));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return `http://venue.test:${(server.address() as AddressInfo).port}`;
    },
    async close() {
      for (const close of closers) await close();
    },
  };
}

/** The proxy as a program would write it down. */
export function urlOf({ scheme, host, port }: LabProxy, [name, secret] = [user, pass]): string {
  return `${scheme}://${encodeURIComponent(name)}:${encodeURIComponent(secret)}@${host}:${port}`;
}

async function closed(server: Server): Promise<void> {
  const done = once(server, "close");
  server.close();
  server.closeAllConnections();
  await done;
}
