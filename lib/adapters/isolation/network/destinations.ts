import type { Socket } from "node:net";
import type { LocalTarget } from "../../../domain/run/reach/bypass.ts";
import { type FakeAddresses, isFakeAddress } from "../dns/fake-addresses.ts";

export interface Destination {
  readonly host: string;
  readonly port: number;
}

/** Where a connection meant to go that was taken on every address: the name behind a fake address, or the address itself; undefined for loopback and for a fake address that nobody was given. */
export function forwardedDestination(
  { localAddress, localPort }: Pick<Socket, "localAddress" | "localPort">,
  addresses: FakeAddresses,
): Destination | undefined {
  if (localAddress === undefined || localPort === undefined) return undefined;
  const address = plainAddress(localAddress);
  if (address.startsWith("127.") || address === "::1") return undefined;
  const host = isFakeAddress(address) ? addresses.nameOf(address) : address;
  return host === undefined ? undefined : { host, port: localPort };
}

/** The bypass target that a connection meant, by the place that stands for it; undefined for all others. */
export function bypassDestination<T>(
  { localAddress, localPort }: Pick<Socket, "localAddress" | "localPort">,
  local: readonly { readonly address: string; readonly port: number; readonly target: T }[],
): T | undefined {
  const to = plainAddress(localAddress ?? "");
  return local.find(({ address, port }) => address === to && port === localPort)?.target;
}

/** The addresses inside that stand for a bypass target: its own, both loopbacks for localhost, a fake one for a name. */
export function insideAddresses({ host }: LocalTarget, addresses: FakeAddresses): readonly string[] {
  if (host === "localhost") return ["127.0.0.1", "::1"];
  if (host.includes(":") || /^[\d.]+$/.test(host)) return [host];
  return [addresses.addressOf(host)];
}

// A socket for both families tells an IPv4 address in the form of IPv6.
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}
