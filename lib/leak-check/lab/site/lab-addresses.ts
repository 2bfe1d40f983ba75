import type { LabAddresses } from "./leak-lab.ts";

/** Where everything is; the internet answers for whole networks, so that more exits need no more set-up. */
export const labAddresses = {
  direct: ["10.77.0.2", "fd77::2"],
  targetName: "venue.test",
  hosts: ["venue.test"],
  target: "203.0.113.10",
  targetIpv6: "2001:db8:77::10",
  ports: { http: 80, https: 443, echo: 9443, unlisted: 9000, quic: 443, udp: 5000 },
  dnsServer: "8.8.8.8",
  proxyHost: "198.51.100.1",
  proxyPort: 3128,
  exit: "198.51.100.10",
  exitIpv6: "2001:db8:77::20",
  publicRanges: ["203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32"],
} satisfies LabAddresses;

/** The lab's own DNS server, and one that programs write into their code. */
export const dnsServers = { own: "203.0.113.53", wellKnown: "8.8.8.8" } as const;

/** Both ends of the uplink. */
export const uplink = {
  botSide: { device: "up0", ipv4: "10.77.0.2/24", ipv6: "fd77::2/64" },
  internet: { device: "inet0", ipv4: "10.77.0.1", ipv6: "fd77::1" },
} as const;

/** Networks that are all addresses of the internet's own host. */
export const internetNetworks = {
  ipv4: ["203.0.113.0/24", "198.51.100.0/24", "8.8.8.8/32"],
  ipv6: ["2001:db8::/32"],
} as const;
