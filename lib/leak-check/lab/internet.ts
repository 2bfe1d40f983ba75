// The lab's internet, a process of its own; inside a network namespace where there is one. The first line of stdin is an
// InternetSpec and is answered by an InternetPlaces; each further line is answered by the arrivals until then, as one JSON
// line. It ends when its stdin does.
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { openCertificates } from "./internet/certificates.ts";
import { type LoopbackPlaces, serveLoopback } from "./internet/loopback-site.ts";
import { serveNamespace } from "./internet/namespace-site.ts";
import type { InternetSpec } from "./internet-process.ts";
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
