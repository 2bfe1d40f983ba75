import type { Arrival } from "../../../ports/leaks/leak-lab.ts";

/** Writes an arrival down. */
export type Note = (arrival: Arrival) => void;

/** The peer as people write it: without the IPv6 form of an IPv4 address. */
export function plainPeer(address: string | undefined): string {
  return (address ?? "gone").replace(/^::ffff:/, "");
}
