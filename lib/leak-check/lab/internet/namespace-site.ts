import { once } from "node:events";
import type { Server } from "node:net";
import { dnsServers, labAddresses } from "../site/lab-addresses.ts";
import { type Note, openDoor } from "./book.ts";
import type { Certificates } from "./certificates.ts";
import { serveConnectProxy, tunnelFromExit } from "./connect-proxy.ts";
import { dnsServer, serveDns, sinkDatagrams } from "./datagrams.ts";
import { greetingServer, secureWebServer, webServer } from "./web-target.ts";

/** Serves every address of the internet's network namespace on the usual ports. */
export async function serveNamespace(
  credential: { readonly user: string; readonly secret: string },
  certificates: Certificates | undefined,
  note: Note,
): Promise<void> {
  const { proxyHost: host, proxyPort: port } = labAddresses;
  await serveConnectProxy({ credential, listen: { host, port }, tunnel: tunnelFromExit });
  // A reply leaves from the address that its socket is bound to, and clients take it from the one they asked alone.
  for (const own of [...Object.values(dnsServers), "::"]) {
    await serveDns(openDoor(note, 53), { host: own, port: 53 });
  }
  await listen(dnsServer(openDoor(note, 53)), 53);
  for (const port of [80, 8080]) await listen(webServer(openDoor(note, port)), port);
  for (const port of [9443, 9000]) await listen(greetingServer(openDoor(note, port)), port);
  for (const port of [443, 5000]) await sinkDatagrams(openDoor(note, port), { host: "::", port });
  if (certificates === undefined) return;
  for (const port of [443, 8443]) await listen(secureWebServer(openDoor(note, port), certificates), port);
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, "::");
  await once(server, "listening");
}
