import type { Tier } from "../../domain/run/tier.ts";
import type { BenchUpstream, LeakBench, LeakBenchFactory } from "../../ports/leaks/leak-bench.ts";
import type { LeakLab } from "../../ports/leaks/leak-lab.ts";
import { type LeakClient, leakVariables } from "./leak-client.ts";
import { absentStatus, judgeTraffic, type LeakVerdict } from "./leak-verdict.ts";

/** What one client's traffic turned out to be. */
export interface LeakRow {
  readonly client: string;
  readonly tier: Tier | "direct";
  readonly verdict: LeakVerdict;
  readonly why: string;
  /** The last part of what the client printed. */
  readonly output: string;
}

export interface LeakSearch {
  readonly lab: LeakLab;
  readonly benches: LeakBenchFactory;
  readonly tier: Tier | "direct";
  readonly clients: readonly LeakClient[];
  /** The lab's own CONNECT proxy unless given. */
  readonly upstream?: BenchUpstream;
  /** Where each program is. */
  readonly programs: LeakPrograms;
  readonly cwd: string;
  readonly ports?: readonly number[];
}

export interface LeakPrograms {
  readonly node: string;
  readonly python: string;
  /** Of the clients; nothing else of the operator's environment reaches them. */
  readonly searchPath: string;
}

const timeoutMs = 20_000;

/** The part of a battery that a tier claims to hold: the preload tier holds Node programs alone. */
export function clientsOf(tier: Tier | "direct", clients: readonly LeakClient[]): readonly LeakClient[] {
  return tier === "preload" ? clients.filter(({ program }) => program === "node") : clients;
}

/** Runs clients one after the other as bots of a tier, and judges each by what crossed the lab's uplink meanwhile. */
export async function findLeaks(search: LeakSearch): Promise<readonly LeakRow[]> {
  const { lab, benches, tier } = search;
  const { proxyHost: host, proxyPort: port, publicRanges } = lab.addresses;
  const bench = await benches.open({
    tier,
    botSide: lab.botSide,
    upstream: search.upstream ?? { scheme: "http", host, port, ...lab.proxy },
    publicRanges,
    ports: search.ports ?? [],
  });
  try {
    const rows: LeakRow[] = [];
    for (const client of search.clients) {
      rows.push(await tryClient(search, bench, client));
    }
    return rows;
  } finally {
    await bench.close();
  }
}

async function tryClient(search: LeakSearch, bench: LeakBench, client: LeakClient): Promise<LeakRow> {
  const { lab, tier } = search;
  const about = { client: client.name, tier };
  if (client.needsTls && lab.caFile === undefined) {
    return { ...about, verdict: "absent", why: "openssl is missing, so the lab speaks no TLS", output: "" };
  }
  const known = (await lab.arrivals()).length;
  const before = await lab.meter();
  const end = await bench.run({
    command: commandOf(client, search.programs),
    cwd: client.cwd ?? search.cwd,
    env: clientEnvironment(search, client.name),
    timeoutMs,
  });
  const after = await lab.meter();
  const arrivals = (await lab.arrivals()).slice(known);
  const notStarted = end.notStarted;
  const judged = judgeTraffic({ arrivals, before, after, direct: lab.addresses.direct });
  if (judged.verdict !== "LEAK" && end.code === absentStatus) {
    return { ...about, verdict: "absent", why: "not installed here", output: end.output };
  }
  const why = notStarted === undefined ? judged.why : `not started: ${notStarted}`;
  return { ...about, verdict: judged.verdict, why, output: end.output };
}

function commandOf({ program, words }: LeakClient, programs: LeakPrograms): readonly string[] {
  switch (program) {
    case "node":
      return [programs.node, ...words];
    case "python":
      return [programs.python, ...words];
    case "shell":
      return ["/bin/sh", ...words];
    case "other":
      return words;
  }
}

function clientEnvironment({ lab, programs, cwd }: LeakSearch, name: string): Record<string, string> {
  const { targetName, target, targetIpv6, dnsServer, ports } = lab.addresses;
  const caFile = lab.caFile;
  const trust = caFile && {
    NODE_EXTRA_CA_CERTS: caFile,
    SSL_CERT_FILE: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    CURL_CA_BUNDLE: caFile,
  };
  return {
    PATH: programs.searchPath,
    HOME: cwd,
    [leakVariables.tag]: name.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
    [leakVariables.host]: targetName,
    [leakVariables.ipv4]: target,
    [leakVariables.ipv6]: targetIpv6,
    [leakVariables.dns]: dnsServer,
    ...Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [leakVariables[name as keyof typeof ports], String(port)]),
    ),
    ...trust,
  };
}
