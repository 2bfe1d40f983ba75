// The lab's internet, a process of its own inside its network namespace. The first line of stdin is an InternetSpec; each
// further line is answered by the arrivals until then, as one JSON line. It ends when its stdin does.
import { createInterface } from "node:readline";
import type { Arrival } from "../../ports/leaks/leak-lab.ts";
import { serveConnectProxy } from "./internet/connect-proxy.ts";
import { serveDns, sinkDatagrams } from "./internet/datagrams.ts";
import { serveGreeting, serveSecureWeb, serveWeb, type TargetCertificate } from "./internet/web-target.ts";
import type { InternetSpec } from "./open-leak-lab.ts";

const arrivals: Arrival[] = [];
const note = (arrival: Arrival): void => void arrivals.push(arrival);
let isOpen = false;
for await (const line of createInterface({ input: process.stdin })) {
  if (isOpen) process.stdout.write(`${JSON.stringify(arrivals)}\n`);
  else {
    await serve(JSON.parse(line));
    isOpen = true;
    process.stdout.write("ready\n");
  }
}
process.exitCode = 0;
// Open sockets would keep the process alive; nothing of it is worth a farewell.
process.kill(process.pid, "SIGKILL");

async function serve({ certificate, credential }: InternetSpec): Promise<void> {
  await serveDns(note);
  await serveConnectProxy(credential);
  await Promise.all([80, 8080].map((port) => serveWeb(port, note)));
  await Promise.all([9443, 9000].map((port) => serveGreeting(port, note)));
  await Promise.all([443, 5000].map((port) => sinkDatagrams(port, note)));
  if (certificate !== undefined) await serveTls(certificate);
}

async function serveTls(certificate: TargetCertificate): Promise<void> {
  await Promise.all([443, 8443].map((port) => serveSecureWeb(port, certificate, note)));
}
