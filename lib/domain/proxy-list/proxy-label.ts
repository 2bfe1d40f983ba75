import { formatEndpoint, type ProxyEndpoint } from "../proxy/proxy-endpoint.ts";
import type { RawEntry } from "./raw-entry.ts";

const maxLabel = 63;

/**
 * What makes two entries the same proxy: scheme, host, port and user; a new password or new facts change it, they do
 * not make another. It holds the user: a key for comparing, never to be printed.
 */
export function proxyIdentity(endpoint: ProxyEndpoint, user: string | undefined): string {
  return JSON.stringify([formatEndpoint(endpoint), user ?? null]);
}

/**
 * One label an entry, in order: its own, else a readable one such as `gw.example-8001`. Entries that would share a derived
 * label (sessions of one gateway) all get a short hash of their identity behind it, so that their order does not matter.
 */
export function labelsFor(entries: readonly RawEntry[], taken: ReadonlySet<string>): readonly string[] {
  const used = new Set([...taken, ...entries.flatMap(({ label }) => label ?? [])]);
  const wishes = new Map<string, number>();
  for (const { label, endpoint } of entries) {
    const wish = endpointLabel(endpoint);
    if (label === undefined) wishes.set(wish, (wishes.get(wish) ?? 0) + 1);
  }
  return entries.map(({ label, endpoint, login }) => {
    if (label !== undefined) return label;
    const wish = endpointLabel(endpoint);
    if (wishes.get(wish) === 1 && !used.has(wish)) return wish;
    return firstFree(withTail(wish, `-${shortHash(proxyIdentity(endpoint, login?.user))}`), used);
  });
}

function endpointLabel({ host, port }: ProxyEndpoint): string {
  const plain = host.replaceAll(":", "-").replace(/^[^A-Za-z0-9]+/, "");
  return withTail(plain, `-${port}`).replace(/^-/, "");
}

function withTail(text: string, tail: string): string {
  return `${text.slice(0, maxLabel - tail.length)}${tail}`;
}

function firstFree(label: string, used: Set<string>): string {
  let free = label;
  for (let count = 2; used.has(free); count += 1) free = withTail(label, `-${count}`);
  used.add(free);
  return free;
}

// FNV-1a, 32 bit (http://www.isthe.com/chongo/tech/comp/fnv/): stable on every machine, no secret goes in.
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(36).padStart(7, "0");
}
