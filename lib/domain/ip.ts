import ipaddr from "ipaddr.js";
import { UsageError } from "../errors.ts";
import type { Brand } from "./brand.ts";

/** A normalised address: dotted IPv4, or RFC 5952 IPv6; an IPv4-mapped IPv6 address is its IPv4. */
export type IpAddress = Brand<string, "IpAddress">;
/** The address the world saw through a proxy. */
export type ExitIp = IpAddress & Brand<string, "ExitIp">;
/** The host's own address, which must never be seen. */
export type DirectIp = IpAddress & Brand<string, "DirectIp">;
export type IpFamily = "ipv4" | "ipv6";
/** A network such as 127.0.0.0/8 that counts as public here (`network.public_ranges`). */
export type PublicRange = Brand<string, "PublicRange">;

/** Normalises an address literal (brackets and zone refused); undefined when the text is none. */
export function parseIp(text: string): IpAddress | undefined {
  const trimmed = text.trim();
  // The parser tries by throwing, which lists of thousands of names would feel.
  if (!/^[0-9A-Fa-f:.]+$/.test(trimmed)) return undefined;
  const isLiteral =
    ipaddr.IPv4.isValidFourPartDecimal(trimmed) || (trimmed.includes(":") && ipaddr.IPv6.isValid(trimmed));
  if (!isLiteral || trimmed.includes("%")) return undefined;
  return ipaddr.process(trimmed).toString() as IpAddress;
}

/** Whether an address can be that of one host: not the unspecified one, broadcast or multicast. */
export function isOneHost(ip: IpAddress): boolean {
  return (
    !["unspecified", "broadcast", "multicast"].includes(ipaddr.parse(ip).range()) && !ip.startsWith("0.")
  );
}

/** Which family an address belongs to. */
export function familyOf(ip: IpAddress): IpFamily {
  return ip.includes(":") ? "ipv6" : "ipv4";
}

/** The family that it does not belong to. */
export function otherFamilyOf(ip: IpAddress): IpFamily {
  return familyOf(ip) === "ipv4" ? "ipv6" : "ipv4";
}

/** What exclusivity compares: an IPv4 address itself, an IPv6 address by its /64. */
export function exitKeyOf(ip: IpAddress): string {
  // Its canonical form tells, and this is asked for every row of an account's facts.
  if (!ip.includes(":")) return ip;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${ip}/64`).toString()}/64`;
}

/** What "another neighbourhood" compares: IPv4 by /24, IPv6 by /48. */
export function neighbourhoodOf(ip: IpAddress): string {
  const parsed = ipaddr.parse(ip);
  if (parsed.kind() === "ipv4") return `${ipaddr.IPv4.networkAddressFromCIDR(`${ip}/24`).toString()}/24`;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${ip}/48`).toString()}/48`;
}

/** Checks a network in CIDR form; throws UsageError. */
export function parsePublicRange(text: string): PublicRange {
  try {
    ipaddr.parseCIDR(text);
  } catch (cause) {
    throw new UsageError("LAUNCH_INVALID_VALUE", `"${text}" is not a network such as 127.0.0.0/8.`, {
      cause,
    });
  }
  return text as PublicRange;
}

const hiddenRanges: ReadonlySet<string> = new Set([
  "unspecified",
  "broadcast",
  "multicast",
  "linkLocal",
  "loopback",
  "carrierGradeNat",
  "private",
  "uniqueLocal",
]);

/** Whether a venue may ever see the address: no private one, unless `network.public_ranges` has it. */
export function isSeenByVenues(ip: IpAddress, publicRanges: readonly PublicRange[]): boolean {
  return !hiddenRanges.has(ipaddr.parse(ip).range()) || reachOf(ip, publicRanges) === "lab";
}

/** How an address may count: as a public one, as a lab one (only by `network.public_ranges`), or not at all. */
export function reachOf(ip: IpAddress, publicRanges: readonly PublicRange[]): "public" | "lab" | "private" {
  const parsed = ipaddr.parse(ip);
  if (parsed.range() === "unicast") return "public";
  const isLab = publicRanges.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range);
    return network.kind() === parsed.kind() && parsed.match(network, bits);
  });
  return isLab ? "lab" : "private";
}
