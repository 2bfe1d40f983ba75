import dns from "node:dns";
import net from "node:net";
import type { OpenPlaces } from "../handle-guard.ts";
import { loopbackAddresses } from "../loopback/addresses.ts";
import type { Target } from "../names/connect-errors.ts";
import { realName } from "../names/fake-names.ts";

export type OwnLookup = (
  host: string,
  options: object,
  done: (error: Error | null, found: unknown, family?: unknown) => void,
) => void;

/** Where a call of `connect` wants to go by TCP. */
export interface Wish extends Target {
  /** The options of the call. */
  readonly options: Record<string, unknown>;
  /** A lookup of the program's own for a host that is a name. */
  readonly lookup: OwnLookup | undefined;
  /** Whether Node would ask that lookup for every address. */
  readonly wantsAll: boolean;
}

/** Reads the options of a call; undefined for unix sockets, descriptors, and a port that is left to Node to refuse. */
export function readWish(options: Record<string, unknown>): Wish | undefined {
  const { path, fd, host: given, port: givenPort, lookup, autoSelectFamily, family } = options;
  if (path != null || fd != null) return undefined;
  const host = typeof given === "string" && given !== "" ? given.replace(/^\[(.*)\]$/, "$1") : "localhost";
  const port = typeof givenPort === "string" && givenPort.trim() !== "" ? Number(givenPort) : givenPort;
  // The handle guard stands behind what passes here.
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const isOwnLookup = typeof lookup === "function" && lookup !== dns.lookup && net.isIP(host) === 0;
  return {
    host,
    port,
    options,
    lookup: isOwnLookup ? (lookup as OwnLookup) : undefined,
    wantsAll: family !== 4 && family !== 6 && (autoSelectFamily ?? net.getDefaultAutoSelectFamily()) === true,
  };
}

/** The address at which the wished host and port are open without the relay, if they are. */
export function openAddress({ host, port }: Wish, places: OpenPlaces): string | undefined {
  return loopbackAddresses(host).find((address) => places.mayReach("tcp", address, port));
}

/** What to ask the relay for, in this order; never empty. */
export function targetsOf({ host, port }: Wish): readonly Target[] {
  const addresses = loopbackAddresses(host);
  return addresses.length > 0
    ? addresses.map((address) => ({ host: address, port }))
    : [{ host: realName(host), port }];
}
