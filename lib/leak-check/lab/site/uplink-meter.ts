import type { UplinkMeter } from "./leak-lab.ts";
import { labFailed, runTool } from "./namespace-holder.ts";

/** Reads the counters on the internet's end of the uplink. */
export async function readMeter(internet: readonly string[]): Promise<UplinkMeter> {
  const text = await runTool([...internet, "nft", "--json", "list", "counters", "table", "inet", "uplink"]);
  const { nftables } = JSON.parse(text) as { readonly nftables: readonly NftEntry[] };
  const packets = (name: string): number => {
    const found = nftables.find(({ counter }) => counter?.name === name)?.counter;
    // A meter that cannot be read must never look like one at zero.
    if (found === undefined) throw labFailed(`the counter ${name} is gone`);
    return found.packets;
  };
  return {
    proxied: packets("proxied"),
    otherIpv4: packets("other-ipv4"),
    otherIpv6: packets("other-ipv6"),
  };
}

interface NftEntry {
  readonly counter?: { readonly name: string; readonly packets: number };
}
