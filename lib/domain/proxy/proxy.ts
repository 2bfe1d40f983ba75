import type { CountryCode } from "../account.ts";
import type { ProxyId } from "../ids.ts";
import type { ExitIp } from "../ip.ts";
import type { Instant } from "../time.ts";
import type { Credential, SealedCredential } from "./credential.ts";
import type { ProxyEndpoint } from "./proxy-endpoint.ts";

export const proxyStates = ["unverified", "ok", "drifted", "expired", "disabled"] as const;
/** What is known of the proxy itself, from whichever host it is used; what one host sees of its transport is `ProxyHealth`. */
export type ProxyState = (typeof proxyStates)[number];
/** Whether the proxy wants a user and a secret. */
export type AuthType = "none" | "basic";
/** Who said which exit IP is the right one. */
export type ExpectedIpSource = "operator" | "import" | "first-proof";

/** Vendor facts: validated known keys, unknown keys kept as they came. */
export type ProxyMetadata = Readonly<Record<string, unknown>>;

/** A proxy of the pool. */
export interface Proxy {
  readonly id: ProxyId;
  readonly label: string;
  readonly endpoint: ProxyEndpoint;
  readonly authType: AuthType;
  /** Present exactly when `authType` is `basic`. */
  readonly sealed: SealedCredential | undefined;
  /** Certificates (PEM) of a TLS proxy's own authority; undefined trusts the system's. */
  readonly ca: string | undefined;
  readonly metadata: ProxyMetadata;
  readonly isActive: boolean;
  readonly state: ProxyState;
  readonly stateSince: Instant;
  readonly nextProbeAt: Instant | undefined;
  readonly expectedIp: ExitIp | undefined;
  readonly expectedIpSource: ExpectedIpSource | undefined;
  readonly country: CountryCode | undefined;
  readonly provider: string | undefined;
  readonly expiresAt: Instant | undefined;
  /** Grows when endpoint, credential or expected IP are edited, so that a running bot notices. */
  readonly revision: number;
}

/** The state as it is now: what the operator switched off or whose rent is over says more than what was seen of it. */
export function stateOf({ isActive, expiresAt, state }: Proxy, now: Instant): ProxyState {
  if (!isActive) return "disabled";
  return expiresAt !== undefined && expiresAt <= now ? "expired" : state;
}

/** Whether the vendor rents the exit to several customers: what a venue holds against it may be a stranger's doing. */
export function isRentedToOthers({ metadata }: Pick<Proxy, "metadata">): boolean {
  return metadata["shared"] === "shared";
}

/** Where to connect and as whom: what the relay speaks to. */
export interface Upstream {
  readonly label: string;
  readonly endpoint: ProxyEndpoint;
  readonly credential: Credential | undefined;
  /** The proxy's own authority, PEM: it vouches for the proxy in place of the public ones. */
  readonly ca?: string | undefined;
}
