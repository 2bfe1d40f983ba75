import type { Arrival, UplinkMeter } from "./lab/site/leak-lab.ts";

/** What a client's traffic turned out to be: all of it by the proxy, none of it at all, or some of it past the proxy. */
export type LeakVerdict = "proxied" | "refused" | "LEAK" | "absent";

export interface LeakEvidence {
  /** What reached the internet while the client ran. */
  readonly arrivals: readonly Arrival[];
  /** Both undefined where no packets are counted. */
  readonly before: UplinkMeter | undefined;
  readonly after: UplinkMeter | undefined;
  /** The bots' side as a target sees it. */
  readonly direct: readonly string[];
}

/** The exit status of a client whose library or program is not installed. */
export const absentStatus = 77;

/** Judges by the targets' own logs and, where they are counted, by the packets on the uplink; neither the client nor the relay is asked. */
export function judgeTraffic(evidence: LeakEvidence): {
  readonly verdict: LeakVerdict;
  readonly why: string;
} {
  const { arrivals, direct } = evidence;
  const past = arrivals.filter(({ peer }) => direct.includes(peer));
  const packets = packetsPast(evidence);
  if (past.length > 0 || packets > 0) {
    const seen = [...new Set(past.map(({ peer }) => peer))].map((peer) => `${peer} at ${doors(past, peer)}`);
    const counted = packets > 0 ? [`${packets} ${packets === 1 ? "packet" : "packets"} past the proxy`] : [];
    return { verdict: "LEAK", why: [...seen, ...counted].join(", ") };
  }
  const peers = new Set(arrivals.filter(({ kind }) => kind !== "dns").map(({ peer }) => peer));
  if (peers.size > 0) return { verdict: "proxied", why: `the target saw ${[...peers].join(", ")}` };
  return { verdict: "refused", why: "nothing reached a target" };
}

// A request tells more than the connection that it came by.
function doors(arrivals: readonly Arrival[], peer: string): string {
  const its = arrivals.filter((arrival) => arrival.peer === peer);
  const requested = new Set(its.filter(({ kind }) => kind !== "tcp").map(({ port }) => port));
  const told = its.filter(({ kind, port }) => kind !== "tcp" || !requested.has(port));
  return [...new Set(told.map(({ kind, port }) => `${kind} ${port}`))].join(", ");
}

function packetsPast({ before, after }: LeakEvidence): number {
  if (before === undefined || after === undefined) return 0;
  return after.otherIpv4 - before.otherIpv4 + after.otherIpv6 - before.otherIpv6;
}
