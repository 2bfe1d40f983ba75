import type { Arrival, UplinkMeter } from "../../ports/leaks/leak-lab.ts";

/** What a client's traffic turned out to be: all of it by the proxy, none of it at all, or some of it past the proxy. */
export type LeakVerdict = "proxied" | "refused" | "LEAK" | "absent";

export interface LeakEvidence {
  /** What reached the internet while the client ran. */
  readonly arrivals: readonly Arrival[];
  readonly before: UplinkMeter;
  readonly after: UplinkMeter;
  /** The bots' side as a target sees it. */
  readonly direct: readonly string[];
}

/** The exit status of a client whose library or program is not installed. */
export const absentStatus = 77;

/** Judges by the targets' own logs and by the packets on the uplink; neither the client nor the relay is asked. */
export function judgeTraffic(evidence: LeakEvidence): {
  readonly verdict: LeakVerdict;
  readonly why: string;
} {
  const { arrivals, before, after, direct } = evidence;
  const past = arrivals.filter(({ peer }) => direct.includes(peer));
  const packets = after.otherIpv4 - before.otherIpv4 + after.otherIpv6 - before.otherIpv6;
  if (past.length > 0 || packets > 0) {
    const seen = [...new Set(past.map(({ kind, port, peer }) => `${kind} ${port} from ${peer}`))];
    return { verdict: "LEAK", why: [...seen, `${packets} packets past the proxy`].join(", ") };
  }
  const peers = new Set(arrivals.filter(({ kind }) => kind !== "dns").map(({ peer }) => peer));
  if (peers.size > 0) return { verdict: "proxied", why: `the target saw ${[...peers].join(", ")}` };
  return { verdict: "refused", why: "nothing reached a target" };
}
