/** The ports that the kernel tier forwards unless more are named: HTTP, HTTPS and what venues' streams commonly use beside them. */
export const defaultPorts: readonly number[] = [80, 443, 8443, 9443];
// Each of them is a listening socket in the bot's network.
const mostPorts = 1_000;

export type PortList =
  | { readonly kind: "ports"; readonly ports: readonly number[] }
  | { readonly kind: "refused"; readonly why: string };

/** Reads ports and ranges ("9000", "7000-7010", "7000,7010") into sorted single ports; refuses in words what cannot be forwarded. */
export function parsePortList(entries: readonly string[]): PortList {
  const ports = new Set<number>();
  for (const entry of entries.flatMap((text) => text.split(",")).map((text) => text.trim())) {
    const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(entry) ?? [];
    const [first, last] = [Number(from), Number(to ?? from)];
    if (from === undefined || first < 1 || last > 65_535 || last < first) {
      return refused(`"${entry}" is not a port or range such as 9000 or 7000-7010`);
    }
    // Counted before they are listed: a range of all ports must not build a set first.
    if (last - first >= mostPorts) return refused(tooMany(last - first + 1));
    for (let port = first; port <= last; port++) ports.add(port);
  }
  if (ports.has(53)) return refused("port 53 is used by the launcher itself and cannot be forwarded");
  if (ports.size > mostPorts) return refused(tooMany(ports.size));
  return { kind: "ports", ports: [...ports].sort((a, b) => a - b) };
}

function refused(why: string): PortList {
  return { kind: "refused", why };
}

function tooMany(count: number): string {
  return `${count} ports are given, but at most ${mostPorts} can be forwarded`;
}
