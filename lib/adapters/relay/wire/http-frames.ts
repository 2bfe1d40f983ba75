import { isIP } from "node:net";
import { formatAuthority, parseHost, parsePort } from "../../../domain/proxy/proxy-endpoint.ts";

// HTTP proxying as text and bytes; no sockets here.

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** The target of a CONNECT line, or undefined: a port is required. */
export function parseAuthority(text: string, defaultPort?: number): Target | undefined {
  const parts = /^(\[[^\]]*\]|[^:[\]@]*)(?::(\d+))?$/.exec(text);
  const host = parts?.[1] === undefined ? undefined : parseTargetHost(parts[1]);
  const port = parts?.[2] === undefined ? defaultPort : parsePort(parts[2]);
  return host === undefined || port === undefined ? undefined : { host, port };
}

/** A host as a client wrote it. What another resolver would read as a number (0x7f.1, 2130706433) is none. */
export function parseTargetHost(text: string): string | undefined {
  const host = parseHost(text);
  if (host === undefined || isIP(host) !== 0) return host;
  return /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/.test(host) ? undefined : host;
}

/** The target and the path of an absolute-form request for plain HTTP; undefined for anything else. */
export function parseAbsoluteForm(
  url: string,
): { readonly target: Target; readonly path: string } | undefined {
  const parts = /^(?:http|ws):\/\/([^/?#]+)([^#]*)(?:#.*)?$/i.exec(url);
  const target = parts?.[1] === undefined ? undefined : parseAuthority(parts[1], 80);
  if (target === undefined) return undefined;
  const rest = parts?.[2] ?? "";
  return { target, path: rest.startsWith("/") ? rest : `/${rest}` };
}

/** The CONNECT request to an HTTP proxy, with the headers that filters in front of gateways expect; `authorization` is the value of its header. */
export function connectHead(target: Target, authorization: string | undefined): string {
  const authority = formatAuthority(target.host, target.port);
  const auth = authorization === undefined ? "" : `Proxy-Authorization: ${authorization}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${auth}User-Agent: node\r\nProxy-Connection: Keep-Alive\r\n\r\n`;
}

// RFC 9110 §7.6.1, and what belongs to the way between the client and us alone.
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "expect",
]);

/** Node's flat list of raw headers without those of this hop, the ones named by Connection and the ones in `without`. */
export function endToEndHeaders(rawHeaders: readonly string[], without: readonly string[] = []): string[] {
  const pairs = pairsOf(rawHeaders);
  const named = pairs
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.toLowerCase().split(","))
    .map((name) => name.trim());
  // Content-Length frames the body: a client that calls it hop-by-hop does not get to remove it.
  const gone = new Set([...hopByHop, ...without, ...named.filter((name) => name !== "content-length")]);
  return pairs.filter(([name]) => !gone.has(name.toLowerCase())).flat();
}

function pairsOf(flat: readonly string[]): Array<readonly [string, string]> {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""] as const] : []));
}
