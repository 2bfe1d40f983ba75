import type { LeakLab } from "../../../lib/leak-check/lab/site/leak-lab.ts";
import { runTool } from "../../../lib/leak-check/lab/site/namespace-holder.ts";

/** The witnesses of a stage, addresses that nothing else of the lab uses. */
export const witnessPlaces = [
  { host: "203.0.113.21", port: 8100 },
  { host: "203.0.113.22", port: 8100 },
] as const;

/** The ports that the stage's proxies listen on, one each. */
export const proxyPorts = { first: 5_101, last: 5_299 } as const;

/** What has crossed the uplink; but for neighbour discovery, each packet is in `proxied`, in `past` or part of a question. */
export interface Crossed {
  /** Packets to the stage's proxies. */
  readonly proxied: number;
  /** TCP connections to a witness that did not come through a proxy; a launcher opens one to each when it starts. */
  readonly questions: number;
  /** Packets to anything else. */
  readonly past: number;
}

const table = "inet launcher";

/** Lays a meter beside the lab's own that counts apart what launchers ask their witnesses direct, on the internet's end of the uplink. */
export async function countQuestions(lab: LeakLab): Promise<void> {
  const hosts = witnessPlaces.map(({ host }) => host).join(", ");
  const isWitness = `ip daddr { ${hosts} } tcp dport ${witnessPlaces[0].port}`;
  const ports = `${proxyPorts.first}-${proxyPorts.last}`;
  const rules = `table ${table} {
  counter questions { }
  counter proxied { }
  counter past { }
  chain arriving {
    type filter hook prerouting priority raw; policy accept;
    iifname lo accept
    ip daddr ${lab.addresses.proxyHost} tcp dport ${ports} counter name proxied accept
    ${isWitness} tcp flags & (syn | ack) == syn counter name questions
    ${isWitness} accept
    icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report } accept
    counter name past
  }
}`;
  await runTool([...lab.internet, "/bin/sh", "-c", `nft -f - <<'END'\n${rules}\nEND`]);
}

/** Reads the counters. */
export async function readCrossed(lab: LeakLab): Promise<Crossed> {
  const text = await runTool([...lab.internet, "nft", "list", "counters", "table", ...table.split(" ")]);
  const packets = (name: string): number => {
    const [, count] = new RegExp(`counter ${name} \\{\\s+packets (\\d+)`).exec(text) ?? [];
    if (count === undefined) throw new Error(`The counter ${name} cannot be read: ${text}`);
    return Number(count);
  };
  return { proxied: packets("proxied"), questions: packets("questions"), past: packets("past") };
}
