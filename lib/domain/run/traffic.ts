/** Connections and bytes of a bot as its relay counted them. */
export interface Traffic {
  readonly openTunnels: number;
  readonly tunnels: number;
  readonly failures: number;
  readonly refused: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Connections to the proxy that are made ahead (`relay.warm`); undefined: none are. */
  readonly warm?: WarmTraffic | undefined;
}

/** Connections to a proxy that were made before there was a target. */
export interface WarmTraffic {
  /** Those that wait now. */
  readonly ready: number;
  /** Those that a tunnel took, and those of them that the proxy had ended meanwhile. */
  readonly used: number;
  readonly stale: number;
}

/** The part of it that went to one venue; "other" for hosts of no known venue. */
export interface VenueTraffic extends Pick<Traffic, "tunnels" | "bytesUp" | "bytesDown"> {
  readonly venue: string;
}

/** The same of a whole month, `2026-11`. */
export interface MonthTraffic extends VenueTraffic {
  readonly month: string;
}

/** What went to one host since its relay was opened. */
export interface HostTraffic extends Pick<Traffic, "tunnels" | "bytesUp" | "bytesDown"> {
  readonly host: string;
}

/** What came to each venue since `before`, without those to which nothing came. */
export function trafficGrowth(
  before: readonly HostTraffic[],
  now: readonly HostTraffic[],
  venueOf: (host: string) => string | undefined,
): readonly VenueTraffic[] {
  const known = new Map(before.map((each) => [each.host, each]));
  const grown = new Map<string, VenueTraffic>();
  for (const { host, tunnels, bytesUp, bytesDown } of now) {
    const was = known.get(host);
    const venue = venueOf(host) ?? "other";
    const sum = grown.get(venue);
    grown.set(venue, {
      venue,
      tunnels: (sum?.tunnels ?? 0) + tunnels - (was?.tunnels ?? 0),
      bytesUp: (sum?.bytesUp ?? 0) + bytesUp - (was?.bytesUp ?? 0),
      bytesDown: (sum?.bytesDown ?? 0) + bytesDown - (was?.bytesDown ?? 0),
    });
  }
  return [...grown.values()].filter(({ tunnels, bytesUp, bytesDown }) => tunnels + bytesUp + bytesDown > 0);
}
