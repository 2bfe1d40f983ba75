/** auth: 407, 401 or a SOCKS refusal · blocked: the proxy answered CONNECT with another 4xx/5xx · protocol: an unreadable answer. */
export type TransportFailureKind =
  | "auth"
  | "refused"
  | "reset"
  | "timeout"
  | "dns"
  | "blocked"
  | "protocol"
  | "tls";

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
}
