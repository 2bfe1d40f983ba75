import type { LeakClient } from "./leak-client.ts";

/** Every client whose program the machine may have; `folder` holds their programs (templates/leak-clients). */
export function leakBattery(folder: string): readonly LeakClient[] {
  return programs.flatMap(({ program, file, plain, secure }) =>
    [...plain.map((name) => ({ name })), ...secure.map((name) => ({ name, needsTls: true as const }))].map(
      (client) => ({ ...client, program, words: [`${folder}/${file}`, client.name] }),
    ),
  );
}

interface BatteryProgram {
  readonly program: LeakClient["program"];
  readonly file: string;
  readonly plain: readonly string[];
  /** Those that speak TLS, and so need a certificate of the target's. */
  readonly secure: readonly string[];
}

const programs: readonly BatteryProgram[] = [
  {
    program: "node",
    file: "node.cjs",
    secure: [
      "node https",
      "node https, own agent",
      "node https, ESM import",
      "node fetch",
      "node WebSocket",
      "node http2",
      "node tls",
    ],
    plain: [
      "node http",
      "node net, name",
      "node net, IPv4",
      "node net, IPv6",
      "node net, unlisted port",
      "node dns.lookup",
      "node dns.resolve4",
      "node dns, server in the code",
      "node dgram, UDP 443",
      "node dgram, connected, IPv6",
      "node worker, bare",
      "node child",
      "node child, empty environment",
      "node native handle",
    ],
  },
  {
    program: "shell",
    file: "curl.sh",
    secure: ["curl https"],
    plain: ["curl http", "curl --noproxy", "curl, IPv6"],
  },
  {
    program: "python",
    file: "python.py",
    secure: [
      "python urllib",
      "python requests",
      "python httpx",
      "python httpx, async",
      "python aiohttp",
      "python aiohttp, WebSocket",
      "python websockets",
    ],
    plain: [
      "python requests, no environment",
      "python socket, name",
      "python socket, IPv6",
      "python socket, unlisted port",
      "python getaddrinfo",
      "raw UDP 443",
      "raw UDP 443, IPv6",
      "raw DNS",
      "raw DNS over TCP",
      "TCP Fast Open",
      "Multipath TCP",
      "raw ICMP",
      "packet socket",
    ],
  },
];
