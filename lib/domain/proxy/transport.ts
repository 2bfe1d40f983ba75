/**
 * auth: 407, 401 or a SOCKS refusal · denied: the proxy's own rules refuse the target, or what it wants of us · blocked: the proxy did not
 * reach the target, or will not serve now · protocol: an unreadable answer.
 */
export type TransportFailureKind =
  | "auth"
  | "refused"
  | "reset"
  | "timeout"
  | "dns"
  | "denied"
  | "blocked"
  | "protocol"
  | "tls";

/** What ends a failure, where its kind does not tell: another way to sign in, https witnesses, the proxy's own authority, its name, a new certificate, other terms of TLS, another SOCKS sign-in. */
export type Remedy =
  | "basic-only"
  | "https-witnesses"
  | "proxy-ca"
  | "certificate"
  | "expired"
  | "vendor-tls"
  | "socks-sign-in";

/** What a port speaks in place of what its scheme says, where its answer shows it. */
export type Spoken = "http" | "tls" | "socks5" | "socks4" | "other";

/** What a proxy's own words say is the matter; the vendor's list of allowed addresses, its account or plan, its own trouble, a page to sign in at. */
export type Told = "allow-list" | "vendor-account" | "vendor-trouble" | "portal";

/** Why a connection through the upstream did not come about. */
export interface TransportFailure {
  readonly kind: TransportFailureKind;
  /**
   * `upstream`: the proxy itself could not be used; `target`: the proxy works but did not reach this target; `host`: this host
   * could not even try (no route, no free port, its resolver is silent), which says nothing about the proxy.
   */
  readonly scope: "upstream" | "target" | "host";
  /** Plain words with names and values, no credential: "fra-1 (http://gw.example:8001) refused the connection". */
  readonly message: string;
  /** The proxy's HTTP status or SOCKS reply code, when it gave one. */
  readonly status: number | undefined;
  readonly remedy?: Remedy | undefined;
  /** With an unreadable answer: only what to type next follows from it. */
  readonly spoken?: Spoken | undefined;
  readonly told?: Told | undefined;
}
