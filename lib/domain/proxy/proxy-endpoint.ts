import { isOneHost, parseIp } from "../ip.ts";
import { findUnseen } from "../text/unseen.ts";

/** How the proxy is spoken to; `socks5` always leaves names to the proxy (socks5h), `https` is TLS to the proxy. */
export type ProxyScheme = "http" | "https" | "socks5";

/** Where a proxy listens; never a password. IPv6 hosts are held without brackets. */
export interface ProxyEndpoint {
  readonly scheme: ProxyScheme;
  readonly host: string;
  readonly port: number;
}

const schemes: Readonly<Record<string, ProxyScheme>> = {
  http: "http",
  https: "https",
  socks5: "socks5",
  socks5h: "socks5",
};
const hostShape =
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}))*\.?$/;

/** Names the scheme we store for what the operator wrote; undefined when we speak no such scheme. */
export function parseScheme(text: string): ProxyScheme | undefined {
  return schemes[text.toLowerCase()];
}

/** Checks a host name or address literal (with or without brackets) and gives it back normalised, an international name in its xn-- form; undefined when it is neither. */
export function parseHost(text: string): string | undefined {
  if (findUnseen(text) !== undefined) return undefined;
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const ip = parseIp(bare);
  if (ip !== undefined) return ip;
  if (/[^\0-\x7f]/.test(bare)) return asciiNameOf(bare);
  if (bare !== text || /^[0-9.]+$/.test(bare) || !hostShape.test(bare)) return undefined;
  return bare.toLowerCase().replace(/\.$/, "");
}

/** The same for the host of a proxy: no address that names no one host, and no name that a resolver would read as a number (0x7f.1). */
export function parseProxyHost(text: string): string | undefined {
  const host = parseHost(text);
  if (host === undefined) return undefined;
  const ip = parseIp(host);
  if (ip === undefined) return /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/.test(host) ? undefined : host;
  return isOneHost(ip) ? host : undefined;
}

// Letters that only look different (wide ones, circled ones) would be mapped to plain letters in silence.
function asciiNameOf(host: string): string | undefined {
  if (host.split(".").some(mixesAlphabets)) return undefined;
  if (!/^[\p{L}\p{M}\p{N}._-]+$/u.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  const name = new URL(`http://${host}`).hostname;
  return name.includes("xn--") && hostShape.test(name) ? name.replace(/\.$/, "") : undefined;
}

/** Whether a word has letters of two alphabets, of which some only look like those of the other: "exаmple". */
export function mixesAlphabets(label: string): boolean {
  // Chinese, Japanese and Korean names are often written with Latin letters in them, and nobody takes one for the other.
  const isLatin = /\p{Script=Latin}/u.test(label);
  const others =
    /[^\P{L}\p{sc=Latin}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Common}]/u;
  if (isLatin) return others.test(label);
  return /\p{Script=Cyrillic}/u.test(label) && /\p{Script=Greek}/u.test(label);
}

/** Checks a port number written in decimal; undefined outside 1 to 65535. */
export function parsePort(text: string): number | undefined {
  if (!/^[0-9]{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** Host and port as they stand in a URL or a CONNECT line. */
export function formatAuthority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The endpoint as stored in `network_proxies.endpoint_url` and shown to people. */
export function formatEndpoint(endpoint: ProxyEndpoint): string {
  return `${endpoint.scheme}://${formatAuthority(endpoint.host, endpoint.port)}`;
}
