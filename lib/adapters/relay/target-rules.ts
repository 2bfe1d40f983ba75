import { lookup } from "node:dns";
import { connect, type LookupFunction, type Socket } from "node:net";
import {
  familyOf,
  type IpAddress,
  type IpFamily,
  type PublicRange,
  parseIp,
  reachOf,
} from "../../domain/ip.ts";
import { formatAuthority } from "../../domain/proxy/proxy-endpoint.ts";
import { parseLocalSocket, requireLocal } from "../../domain/run/reach/bypass.ts";
import type { Target } from "./wire/http-frames.ts";

/** Where a target lies: behind the upstream, on the bypass list, or nowhere a bot may go. */
export type TargetVerdict =
  | { readonly way: "upstream" }
  | { readonly way: "local" }
  | { readonly way: "refused"; readonly why: string };

/** Makes the rule of one relay; throws ConfigError when an entry of `local` is no `host:port`. */
export function targetRules(
  local: readonly string[],
  publicRanges: readonly PublicRange[],
  families: () => readonly IpFamily[] | undefined,
): (target: Target) => TargetVerdict {
  const bypass = new Set(local.flatMap(normaliseLocal));
  return (target) => {
    if (bypass.has(formatAuthority(target.host, target.port))) return { way: "local" };
    const why = whyRefused(target.host, publicRanges) ?? whyUnproven(target.host, families());
    return why === undefined ? { way: "upstream" } : { way: "refused", why };
  };
}

/** Connects to an bypass target without any proxy; a name of it that resolves to a public address is not followed. */
export function connectLocal(target: Target): Socket {
  return connect({
    host: target.host,
    port: target.port,
    lookup: lookupNotPublic,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
  });
}

// A bot names this host in three ways, and some resolve the name before they connect.
const thisHost = ["localhost", "127.0.0.1", "::1"];

function normaliseLocal(entry: string): readonly string[] {
  // A socket in the file system is reached without a relay.
  if (parseLocalSocket(entry) !== undefined) return [];
  const target = requireLocal(entry);
  const isThisHost = target.host === "localhost" || /^\d+$/.test(entry);
  const hosts = isThisHost ? thisHost : [target.host];
  return hosts.map((host) => formatAuthority(host, target.port));
}

// Names go to the upstream untouched: whether they are private is known only where they resolve.
function whyRefused(host: string, publicRanges: readonly PublicRange[]): string | undefined {
  if (host === "localhost" || host.endsWith(".localhost")) {
    return "it is this host, and it is not listed under local";
  }
  const ip = parseIp(host);
  if (ip === undefined || reachOf(ip, publicRanges) !== "private") return undefined;
  return "it is not a public address, and it is not listed under local";
}

// A name is resolved by the proxy, which chooses the family; a literal chooses it itself, and may leave by an exit nobody looked at.
function whyUnproven(host: string, families: readonly IpFamily[] | undefined): string | undefined {
  const ip = parseIp(host);
  if (ip === undefined || families === undefined || families.includes(familyOf(ip))) return undefined;
  const [asked, proven] = familyOf(ip) === "ipv6" ? ["IPv6", "IPv4"] : ["IPv4", "IPv6"];
  return `it is an ${asked} address, and the exit is proven only for ${proven}`;
}

const lookupNotPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const fitting = (addresses ?? []).filter(({ address }) => reachOf(address as IpAddress, []) !== "public");
    const [first] = fitting;
    if (error !== null || first === undefined) {
      callback(error ?? Object.assign(new Error(`${hostname} is public.`), { code: "EPERM" }), "", 0);
    } else if (options.all === true) callback(null, fitting);
    else callback(null, first.address, first.family);
  });
};
