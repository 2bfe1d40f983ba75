// The targets of a machine that cannot make networks of its own. Each has two doors: the front one is a port of the loopback,
// and whoever comes in there came past the proxy; the back one has no address at all, and only the proxy leads to it.
import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { labAddresses } from "../site/lab-addresses.ts";
import { loopback } from "../site/loopback-addresses.ts";
import { type Door, type Note, openDoor } from "./book.ts";
import type { Certificates } from "./certificates.ts";
import { serveConnectProxy, type Tunnel, tunnelAnswers } from "./connect-proxy.ts";
import { dnsServer, serveDns, sinkDatagrams } from "./datagrams.ts";
import { greetingServer, secureWebServer, webServer } from "./web-target.ts";

/** Where everything came to be. */
export interface LoopbackPlaces {
  readonly proxyPort: number;
  readonly ports: typeof labAddresses.ports;
  readonly dnsPort: number;
  readonly hasIpv6: boolean;
}

/** Serves the targets on free ports of the loopback, and the proxy that alone leads to their back doors. */
export async function serveLoopback(
  credential: { readonly user: string; readonly secret: string },
  certificates: Certificates | undefined,
  note: Note,
): Promise<LoopbackPlaces> {
  const behind = new Map<number, Server>();
  const http = await serveTwice({ make: webServer, usual: [80, 8080], behind, note });
  const echo = await serveTwice({ make: greetingServer, usual: [labAddresses.ports.echo], behind, note });
  const { unlisted: usual } = labAddresses.ports;
  const unlisted = await serveTwice({ make: greetingServer, usual: [usual], behind, note });
  const dns = await serveTwice({ make: dnsServer, usual: [53], behind, note });
  const secure = certificates && ((door: Door) => secureWebServer(door, certificates));
  const https = secure && (await serveTwice({ make: secure, usual: [443, 8443], behind, note }));
  await serveDns(openDoor(note, dns.port), { host: loopback.ipv4, port: dns.port });
  const tunnel = tunnelToBackDoor(behind);
  const proxyPort = await serveConnectProxy({
    credential,
    listen: { host: loopback.ipv4, port: 0 },
    tunnel,
  });
  const ports = {
    http: http.port,
    https: https?.port ?? 0,
    echo: echo.port,
    unlisted: unlisted.port,
    quic: await sinkOnBoth(note, http.hasIpv6),
    udp: await sinkOnBoth(note, http.hasIpv6),
  };
  return { proxyPort, ports, dnsPort: dns.port, hasIpv6: http.hasIpv6 };
}

interface Target {
  readonly make: (door: Door) => Server;
  /** The ports that programs of anybody's know; they too lead to the back door. */
  readonly usual: readonly number[];
  readonly behind: Map<number, Server>;
  readonly note: Note;
}

async function serveTwice({
  make,
  usual,
  behind,
  note,
}: Target): Promise<{ readonly port: number; readonly hasIpv6: boolean }> {
  const front = openDoor(note);
  front.port = (await listen(make(front), loopback.ipv4, 0)) ?? 0;
  const ipv6 = await listen(make(front), loopback.ipv6, front.port);
  const back = make({ note, port: front.port, peerOf: () => loopback.exit });
  for (const port of [front.port, ...usual]) behind.set(port, back);
  return { port: front.port, hasIpv6: ipv6 !== undefined };
}

async function sinkOnBoth(note: Note, hasIpv6: boolean): Promise<number> {
  const door = openDoor(note);
  door.port = await sinkDatagrams(door, { host: loopback.ipv4, port: 0 });
  if (hasIpv6) await sinkDatagrams(door, { host: loopback.ipv6, port: door.port });
  return door.port;
}

async function listen(server: Server, host: string, port: number): Promise<number | undefined> {
  try {
    server.listen(port, host);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  }
}

function tunnelToBackDoor(behind: ReadonlyMap<number, Server>): Tunnel {
  return ({ port }, client: Socket, head) => {
    const server = behind.get(port);
    if (server === undefined) return void client.end(tunnelAnswers.failed);
    client.write(tunnelAnswers.open);
    if (head.length > 0) client.unshift(head);
    server.emit("connection", client);
  };
}
