import type { LeakClient } from "./leak-client.ts";

/** Every client whose program the machine may have; `folder` holds their programs (templates/leak-clients). */
export function leakBattery(folder: string): readonly LeakClient[] {
  return battery.flatMap(({ program, file, clients }) =>
    clients.map((client) => {
      const { name, outside, ...needs } =
        typeof client === "string" ? { name: client, outside: undefined } : client;
      const beside = outside === undefined ? {} : { outside: `${folder}/${outside}` };
      return { name, ...needs, ...beside, program, words: [`${folder}/${file}`, name] };
    }),
  );
}

interface BatteryFile {
  readonly program: LeakClient["program"];
  readonly file: string;
  readonly clients: readonly (string | Omit<LeakClient, "program" | "words">)[];
}

const [needsTls, needsIpv6, needsPackets] = [true, true, true] as const;

const handsOver = { outside: "takes-work.cjs", needsPackets } as const;

const battery: readonly BatteryFile[] = [
  {
    program: "node",
    file: "node.cjs",
    clients: [
      "node http",
      { name: "node https", needsTls },
      { name: "node https, own agent", needsTls },
      { name: "node https, ESM import", needsTls },
      { name: "node fetch", needsTls },
      { name: "node WebSocket", needsTls },
      { name: "node http2", needsTls },
      "node net, name",
      "node net, IPv4",
      { name: "node net, IPv6", needsIpv6 },
      "node net, unlisted port",
      { name: "node tls", needsTls },
      { name: "node dns.lookup", needsPackets },
      { name: "node dns.resolve4", needsPackets },
      "node dns, server in the code",
      "node dgram, UDP 443",
      { name: "node dgram, connected, IPv6", needsIpv6 },
      "node worker, bare",
      "node child",
      "node child, empty environment",
      "node native handle",
    ],
  },
  {
    program: "node",
    file: "hands-over.cjs",
    clients: [
      { name: "work handed over in /tmp", ...handsOver },
      { name: "work handed over in /tmp, renamed", ...handsOver },
      { name: "work handed over in /tmp, late", ...handsOver },
      { name: "work handed over elsewhere", ...handsOver },
      { name: "work handed over elsewhere, renamed", ...handsOver },
    ],
  },
  {
    program: "shell",
    file: "curl.sh",
    clients: [
      "curl http",
      { name: "curl https", needsTls },
      "curl --noproxy",
      { name: "curl, IPv6", needsIpv6 },
    ],
  },
  {
    program: "python",
    file: "python.py",
    clients: [
      { name: "python urllib", needsTls },
      { name: "python requests", needsTls, library: "requests" },
      { name: "python requests, no environment", library: "requests" },
      { name: "python httpx", needsTls, library: "httpx" },
      { name: "python httpx, async", needsTls, library: "httpx" },
      { name: "python aiohttp", needsTls, library: "aiohttp" },
      { name: "python aiohttp, WebSocket", needsTls, library: "aiohttp" },
      { name: "python websockets", needsTls, library: "websockets" },
      "python socket, name",
      { name: "python socket, IPv6", needsIpv6 },
      "python socket, unlisted port",
      { name: "python getaddrinfo", needsPackets },
      "raw UDP 443",
      { name: "raw UDP 443, IPv6", needsIpv6 },
      "raw DNS",
      "raw DNS over TCP",
      "TCP Fast Open",
      "Multipath TCP",
      { name: "raw ICMP", needsPackets },
      { name: "packet socket", needsPackets },
    ],
  },
];

/** The modules that Python's clients import. */
export const pythonLibraries: readonly string[] = [
  ...new Set(
    battery.flatMap(({ clients }) =>
      clients.flatMap((client) => (typeof client === "string" ? [] : (client.library ?? []))),
    ),
  ),
];
