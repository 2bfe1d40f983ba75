/** What a verdict rests on: every packet on the bots' only uplink, or merely what targets on the loopback saw. */
export type LeakEvidenceKind = "packets" | "targets";

/** A bots' side and an "internet" that writes down who came from where; gone with the process that opened it. */
export interface LeakLab {
  readonly evidence: LeakEvidenceKind;
  /** Put in front of a command that is to run where launcher and bots live. */
  readonly botSide: readonly string[];
  /** Put in front of a command that is to run in the internet. */
  readonly internet: readonly string[];
  readonly addresses: LabAddresses;
  /** PEM file that clients trust; undefined without `openssl`, and then nothing listens for TLS. */
  readonly caFile: string | undefined;
  /** The HTTP CONNECT proxy of the internet, which asks for this credential; its exits are `addresses.exit` and `exitIpv6`. */
  readonly proxy: { readonly user: string; readonly secret: string };
  /** Packets that have crossed the uplink towards the internet since the lab was opened; undefined where none are counted. */
  meter(): Promise<UplinkMeter | undefined>;
  /** Everything that has reached a target or a DNS server until now, in order. */
  arrivals(): Promise<readonly Arrival[]>;
  close(): Promise<void>;
}

/** Where things are in the lab. With namespaces all are documentation ranges (RFC 5737, RFC 3849), but the well-known DNS server. */
export interface LabAddresses {
  /** The bots' side of the uplink: a target that sees one of these saw a leak. */
  readonly direct: readonly string[];
  readonly targetName: string;
  /** By which name or address clients ask for the target, each in turn. */
  readonly hosts: readonly string[];
  readonly target: string;
  /** Undefined on a machine without IPv6. */
  readonly targetIpv6: string | undefined;
  readonly ports: TargetPorts;
  /** A DNS server that programs have in their code, `address` or `address:port`. */
  readonly dnsServer: string;
  readonly proxyHost: string;
  readonly proxyPort: number;
  /** Where the lab's own proxy leaves from, for targets of each family. */
  readonly exit: string;
  readonly exitIpv6: string;
  /** Networks that the relay must take for public. */
  readonly publicRanges: readonly string[];
}

/** The target's ports: `echo` and `unlisted` speak a protocol of their own over TCP, `quic` and `udp` take datagrams. */
export interface TargetPorts {
  readonly http: number;
  readonly https: number;
  readonly echo: number;
  /** None that a bot may use unless it was named. */
  readonly unlisted: number;
  readonly quic: number;
  readonly udp: number;
}

export interface UplinkMeter {
  /** Packets to the proxies' host. */
  readonly proxied: number;
  /** Packets to anything else, by family; neighbour discovery is left out. */
  readonly otherIpv4: number;
  readonly otherIpv6: number;
}

/** One thing that reached the internet. */
export interface Arrival {
  readonly kind: "tcp" | "http" | "udp" | "dns";
  /** Who the server saw, an IPv4-mapped address as IPv4. */
  readonly peer: string;
  readonly port: number;
  /** A request's path, a datagram's text, or the name that was asked for. */
  readonly text: string;
}
