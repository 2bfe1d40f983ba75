import { runTool } from "../../../lib/adapters/leak-lab/namespace-holder.ts";
import type { LeakLab } from "../../../lib/ports/leaks/leak-lab.ts";

/** The witnesses of a stage, addresses that nothing else of the lab uses. */
export const witnessPlaces = [
  { host: "203.0.113.21", port: 8100 },
  { host: "203.0.113.22", port: 8100 },
] as const;

/** The ports that the stage's proxies listen on, one each. */
export const proxyPorts = { first: 5_101, last: 5_299 } as const;

/** What has crossed the uplink, every packet in one of the three. */
export interface Crossed {
  /** Packets to the stage's proxies. */
  readonly proxied: number;
  /** TCP connections to a witness that did not come through a proxy; a launcher opens one to each when it starts. */
  readonly questions: number;
  /** Packets to anything else. */
  readonly past: number;
}

const table = "inet launcher";

/** Counts apart what launchers ask their witnesses direct, on the internet's end of the uplink. */
export async function countQuestions(lab: LeakLab): Promise<void> {
  const hosts = witnessPlaces.map(({ host }) => host).join(", ");
  const isWitness = `ip daddr { ${hosts} } tcp dport ${witnessPlaces[0].port}`;
  const ports = `${proxyPorts.first}-${proxyPorts.last}`;
  const rules = `table ${table} {
  counter questions { }
  counter asking { }
  counter proxied { }
  chain arriving {
    type filter hook prerouting priority raw; policy accept;
    iifname lo accept
    ip daddr ${lab.addresses.proxyHost} tcp dport ${ports} counter name proxied
    ${isWitness} tcp flags & (syn | ack) == syn counter name questions
    ${isWitness} counter name asking
  }
}`;
  await runTool([...lab.internet, "/bin/sh", "-c", `nft -f - <<'END'\n${rules}\nEND`]);
}

/** Reads both meters. */
export async function readCrossed(lab: LeakLab): Promise<Crossed> {
  const [proxied, asking, questions] = [
    await packets(lab, "proxied"),
    await packets(lab, "asking"),
    await packets(lab, "questions"),
  ];
  // Read last: a packet that comes in between is at worst counted as having gone past, never forgotten.
  const all = await lab.meter();
  const past = all.proxied + all.otherIpv4 + all.otherIpv6 - proxied - asking;
  return { proxied, questions, past };
}

async function packets(lab: LeakLab, counter: string): Promise<number> {
  const text = await runTool([...lab.internet, "nft", "list", "counter", ...table.split(" "), counter]);
  const [, count] = /packets (\d+)/.exec(text) ?? [];
  if (count === undefined) throw new Error(`The counter ${counter} cannot be read: ${text}`);
  return Number(count);
}
