// The lab's internet, a process of its own; inside a network namespace where there is one. The first line of stdin is an
// InternetSpec and is answered by an InternetPlaces; each further line is answered by the arrivals until then, as one JSON
// line. It ends when its stdin does.

import { once } from "node:events";
import { rmSync } from "node:fs";
import type { Server } from "node:net";
import { createInterface } from "node:readline";
import { type Note, openDoor } from "./internet/book.ts";
import { type Certificates, openCertificates } from "./internet/certificates.ts";
import { serveConnectProxy, tunnelFromExit } from "./internet/connect-proxy.ts";
import { dnsServer, serveDns, sinkDatagrams } from "./internet/datagrams.ts";
import { type LoopbackPlaces, serveLoopback } from "./internet/loopback-site.ts";
import { greetingServer, secureWebServer, webServer } from "./internet/web-target.ts";
import type { InternetSpec } from "./internet-process.ts";
import { dnsServers, labAddresses } from "./site/lab-addresses.ts";
import type { Arrival } from "./site/leak-lab.ts";

const arrivals: Arrival[] = [];
const note = (arrival: Arrival): void => void arrivals.push(arrival);
let isOpen = false;
let folder: string | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  if (isOpen) say(arrivals);
  else {
    say((await serve(JSON.parse(line) as InternetSpec)) ?? {});
    isOpen = true;
  }
}
// An opener that was killed could not remove its folder.
if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
process.exitCode = 0;
// Open sockets would keep the process alive; nothing of it is worth a farewell.
process.kill(process.pid, "SIGKILL");

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function serve(spec: InternetSpec): Promise<LoopbackPlaces | undefined> {
  const certificates = spec.certificates === undefined ? undefined : openCertificates(spec.certificates);
  if (spec.site === "loopback") {
    folder = spec.certificates;
    return await serveLoopback(spec.credential, certificates, note);
  }
  await serveNamespace(spec.credential, certificates, note);
  return undefined;
}

/** Serves every address of the internet's network namespace on the usual ports. */
async function serveNamespace(
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
