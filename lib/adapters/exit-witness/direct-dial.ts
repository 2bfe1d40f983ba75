import { lookup as systemLookup } from "node:dns";
import { once } from "node:events";
import { connect, type LookupFunction } from "node:net";
import type { IpFamily } from "../../domain/ip.ts";
import type { Dial } from "../../ports/exit-witness.ts";

/**
 * Connections of the launcher itself, without any proxy. IPv4 is tried first, since exits are nearly always IPv4 and
 * only an address of the same family can be compared with them; names are resolved to one family alone where it is given.
 */
export function directDial(signal: AbortSignal, lookup: LookupFunction = ipv4First, family?: IpFamily): Dial {
  const only = family === undefined ? {} : { family: family === "ipv4" ? 4 : 6 };
  return async (host, port) => {
    const socket = connect({ host, port, lookup, signal, autoSelectFamily: true, ...only });
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
}

const ipv4First: LookupFunction = (host, options, done) => {
  systemLookup(host, { ...options, verbatim: false }, done);
};
