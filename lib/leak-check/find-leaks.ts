import type { Tier } from "../domain/run/tier.ts";
import type { BenchEnd, BenchUpstream, LeakBench } from "./bench/leak-bench.ts";
import { openBench } from "./bench/open-bench.ts";
import { type ClientCommand, clientEnvironment, commandOf } from "./clients/client-command.ts";
import type { LeakClient, LeakPrograms } from "./clients/leak-client.ts";
import type { LeakLab } from "./lab/site/leak-lab.ts";
import { absentStatus, judgeTraffic, type LeakVerdict } from "./leak-verdict.ts";

/** What one client's traffic turned out to be. */
export interface LeakRow {
  readonly client: string;
  readonly tier: Tier | "direct";
  readonly verdict: LeakVerdict;
  readonly why: string;
  /** What ran it; undefined for what was not run. */
  readonly program: string | undefined;
  /** The last part of what the client printed. */
  readonly output: string;
  /** How it ended; undefined for what was not run. */
  readonly end: BenchEnd | undefined;
}

export interface LeakSearch {
  readonly lab: LeakLab;
  readonly tier: Tier | "direct";
  readonly clients: readonly LeakClient[];
  /** The lab's own CONNECT proxy unless given. */
  readonly upstream?: BenchUpstream;
  readonly programs: LeakPrograms;
  readonly cwd: string;
  readonly ports?: readonly number[];
  readonly runAs?: string | undefined;
  readonly tmp?: "own" | "shared";
  readonly hidden?: readonly string[];
  /** Ends the search before its time: what was found until then is given back. */
  readonly signal?: AbortSignal;
}

const usualMs = 20_000;

/** The part of a battery that a tier claims to hold: the preload tier holds Node programs alone, and only the kernel tier what is done outside. */
export function clientsOf(tier: Tier | "direct", clients: readonly LeakClient[]): readonly LeakClient[] {
  if (tier === "kernel" || tier === "direct") return clients;
  const inside = clients.filter(({ outside }) => outside === undefined);
  return tier === "preload" ? inside.filter(({ program }) => program === "node") : inside;
}

/** Runs clients one after the other as bots of a tier, and judges each by what crossed the lab's uplink or reached its targets meanwhile. */
export async function findLeaks(search: LeakSearch): Promise<readonly LeakRow[]> {
  const { lab, tier, signal, runAs, tmp, hidden = [] } = search;
  const { proxyHost: host, proxyPort: port, publicRanges, ports } = lab.addresses;
  const rows: LeakRow[] = [];
  if (signal?.aborted) return rows;
  const bench = await openBench({
    tier,
    botSide: lab.botSide,
    upstream: search.upstream ?? { scheme: "http", host, port, ...lab.proxy },
    publicRanges,
    // What a bot may use anyhow; without namespaces these are not the usual ports.
    ports: [...new Set([ports.http, ports.https, ports.echo, ...(search.ports ?? [])])].filter(Boolean),
    runAs,
    tmp,
    hidden,
  });
  // What runs ends with its launcher, and the wait for it with an error.
  const stop = (): void => void bench.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (const client of search.clients) {
      if (signal?.aborted) break;
      const row = await tryClient(search, bench, client);
      // One that was cut short has shown nothing by its silence.
      if (!signal?.aborted || row.verdict === "LEAK") rows.push(row);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await bench.close();
  }
  return rows;
}

async function tryClient(search: LeakSearch, bench: LeakBench, client: LeakClient): Promise<LeakRow> {
  const { lab, tier } = search;
  const about = { client: client.name, tier };
  const command = commandOf(client, search.programs);
  const missing = whatIsMissing(client, lab) ?? ("missing" in command ? command.missing : undefined);
  if (missing !== undefined || "missing" in command) {
    const why = missing ?? "";
    return { ...about, verdict: "absent", why, program: undefined, output: "", end: undefined };
  }
  const known = (await lab.arrivals()).length;
  const before = await lab.meter();
  const end = await runForEveryHost(search, bench, { client, command });
  const after = await lab.meter();
  const arrivals = (await lab.arrivals()).slice(known);
  const judged = judgeTraffic({ arrivals, before, after, direct: lab.addresses.direct });
  const ran = { ...about, program: command.words[0], output: end.output, end };
  if (judged.verdict !== "refused") return { ...ran, ...judged };
  if (end.code === absentStatus && client.inherited === undefined) {
    return { ...ran, verdict: "absent", why: "not installed here" };
  }
  return { ...ran, verdict: "refused", why: whyRefused(end, judged.why) };
}

function whatIsMissing({ needsTls, needsIpv6, needsPackets }: LeakClient, lab: LeakLab): string | undefined {
  if (needsTls && lab.caFile === undefined) return "openssl is missing, so the lab has no TLS";
  if (needsIpv6 && lab.addresses.targetIpv6 === undefined) return "no IPv6 here";
  if (needsPackets && lab.evidence !== "packets") return "only a count of packets can show it";
  return undefined;
}

async function runForEveryHost(
  search: LeakSearch,
  bench: LeakBench,
  { client, command }: { readonly client: LeakClient; readonly command: ClientCommand },
): Promise<BenchEnd> {
  let last: BenchEnd | undefined;
  const { hosts: all } = search.lab.addresses;
  // A program of the operator's asks for targets of its own: it runs once.
  const hosts = client.inherited === undefined ? all : all.slice(0, 1);
  for (const host of hosts) {
    const end = await bench.run({
      command: command.words,
      cwd: client.cwd ?? search.cwd,
      env: clientEnvironment(search, client, host),
      inherited: client.inherited,
      timeoutMs: client.timeoutMs ?? usualMs,
      outside: client.outside === undefined ? undefined : [search.programs.node, client.outside],
    });
    last = last === undefined ? end : { ...end, output: last.output + end.output };
  }
  if (last === undefined) throw new RangeError("A lab has at least one host.");
  return last;
}

function whyRefused({ notStarted }: BenchEnd, why: string): string {
  return notStarted === undefined ? why : `not started: ${notStarted}`;
}
