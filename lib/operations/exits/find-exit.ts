import { exitKeyOf, type IpAddress, isSeenByVenues, type PublicRange, parseIp } from "../../domain/ip.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import { UsageError } from "../../errors.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireProxy } from "../find-by-name.ts";

/** An exit as an operator names it. */
export interface NamedExit {
  readonly exitIp: IpAddress;
  readonly exitKey: string;
  /** The proxies that showed it last. */
  readonly proxies: readonly Proxy[];
}

/** Finds an exit by its address, or by the label of the proxy that showed it last; a proxy without an exit is refused. */
export async function requireExit(store: Store, named: string): Promise<NamedExit> {
  const given = parseIp(named);
  const all = await store.proxies.list();
  if (given === undefined) {
    const proxy = await requireProxy(store, named);
    const exitIp = (await lastExitOf(store, proxy)) ?? proxy.expectedIp;
    if (exitIp !== undefined) return { exitIp, exitKey: exitKeyOf(exitIp), proxies: [proxy] };
    throw new UsageError("LAUNCH_INVALID_VALUE", `Proxy "${named}" has not shown an exit address yet.`, {
      hint: `Read it with \`launch proxy check ${named}\`, or give the address itself.`,
    });
  }
  const exitKey = exitKeyOf(given);
  const exits = await store.proxies.lastExits();
  const isIt = ({ id, expectedIp }: Proxy) => {
    const ip = exits.get(id) ?? expectedIp;
    return ip !== undefined && exitKeyOf(ip) === exitKey;
  };
  return { exitIp: given, exitKey, proxies: all.filter(isIt) };
}

async function lastExitOf(store: Store, { id }: Proxy): Promise<IpAddress | undefined> {
  return (await store.proxies.lastExits(id)).get(id);
}

/** Reads an address that a venue can see; throws UsageError for what is none, or for one that no venue ever sees. */
export function requirePublicIp(text: string, publicRanges: readonly PublicRange[]): IpAddress {
  const ip = parseIp(text);
  if (ip === undefined)
    throw new UsageError("LAUNCH_INVALID_VALUE", `"${text}" is not an IP address.`, {
      hint: "Write it as 203.0.113.7 or 2001:db8::7, without a port or a network.",
    });
  if (isSeenByVenues(ip, publicRanges)) return ip;
  throw new UsageError("LAUNCH_INVALID_VALUE", `${ip} is not a public address: no venue ever sees it.`, {
    hint: "Give the exit address that `launch proxy ls` shows.",
  });
}
