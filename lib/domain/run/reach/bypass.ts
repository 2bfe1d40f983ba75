import { ConfigError } from "../../../errors.ts";
import { parseIp, reachOf } from "../../ip.ts";
import { parsePort } from "../../proxy/proxy-endpoint.ts";

/** A target on this host or in its private network that a bot may reach without its proxy. */
export interface LocalTarget {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A port of the bot that is reachable on an address of the host. */
export interface PublishedPort {
  readonly host: string;
  readonly outside: number;
  readonly inside: number;
}

/** Reads an entry of `local`: "5432" (on 127.0.0.1), "10.0.0.5:5432", "[::1]:6379" or "db.internal:5432"; undefined for anything else and for a public address. */
export function parseLocal(entry: string): LocalTarget | undefined {
  const [, host = "127.0.0.1", portText = ""] = /^(?:(.+):)?(\d{1,5})$/.exec(entry) ?? [];
  const port = parsePort(portText);
  const bare = unbracketed(host);
  if (port === undefined || bare === undefined) return undefined;
  const ip = parseIp(bare);
  if (ip === undefined) return isName(bare) ? { host: bare.toLowerCase(), port } : undefined;
  return reachOf(ip, []) === "public" ? undefined : { host: ip, port };
}

/** The path that an entry of `local` names as "unix:/run/redis.sock", a socket in the file system; undefined for any other entry. */
export function parseLocalSocket(entry: string): string | undefined {
  const [, path] = /^unix:(\/[^\n]*[^\n/])$/.exec(entry) ?? [];
  return path;
}

/** Reads an entry of `publish`: "127.0.0.1:8080:3000" is address, port outside and the bot's port; "8080:3000" listens on 127.0.0.1. */
export function parsePublish(entry: string): PublishedPort | undefined {
  const [, host = "127.0.0.1", first = "", second = ""] = /^(?:(.+):)?(\d{1,5}):(\d{1,5})$/.exec(entry) ?? [];
  const address = parseIp(unbracketed(host) ?? "");
  const [outside, inside] = [parsePort(first), parsePort(second)];
  if (address === undefined || outside === undefined || inside === undefined) return undefined;
  return { host: address, outside, inside };
}

/** An entry of `local`; throws ConfigError LAUNCH_CONFIG_INVALID for a public or unreadable one. */
export function requireLocal(entry: string): LocalTarget {
  const target = parseLocal(entry);
  if (target !== undefined) return target;
  const message = `"${entry}" under local is not a loopback or private host:port.`;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", message, {
    hint: "Write it as 5432, 10.0.0.5:5432 or [::1]:6379; a public target goes through the proxy.",
  });
}

/** An entry of `publish`; throws ConfigError LAUNCH_CONFIG_INVALID for an unreadable one. */
export function requirePublished(entry: string): PublishedPort {
  const published = parsePublish(entry);
  if (published !== undefined) return published;
  const message = `"${entry}" under publish is not address:outside:inside.`;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", message, {
    hint: "Write it as 127.0.0.1:8080:3000: the address and port of this host, then the bot's port.",
  });
}

// Brackets belong around IPv6 and nothing else.
function unbracketed(host: string): string | undefined {
  const [, inner] = /^\[(.*)\]$/.exec(host) ?? [];
  if (inner !== undefined) return inner.includes(":") ? inner : undefined;
  return host.includes(":") ? undefined : host;
}

function isName(host: string): boolean {
  const isNumeric = /^[\d.]+$/.test(host);
  return !isNumeric && /^(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/i.test(host);
}
