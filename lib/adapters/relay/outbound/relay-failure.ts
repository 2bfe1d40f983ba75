import type { Upstream } from "../../../domain/proxy/proxy.ts";
import { formatEndpoint } from "../../../domain/proxy/proxy-endpoint.ts";
import type { TransportFailure, TransportFailureKind } from "../../../domain/proxy/transport.ts";
import type { RelayDialError } from "../../../ports/relay.ts";

/** The error that dialling rejects with; its message is the failure's, which never holds a credential. */
export class RelayFailure extends Error implements RelayDialError {
  override readonly name = "RelayFailure";
  readonly failure: TransportFailure;

  constructor(failure: TransportFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** A failure of the proxy itself: another target would have failed too. */
export function upstreamFailure(
  upstream: Upstream,
  kind: TransportFailureKind,
  what: string,
  status?: number,
): RelayFailure {
  return new RelayFailure({ kind, scope: "upstream", message: `${describe(upstream)} ${what}`, status });
}

/** A failure on the far side of a proxy that works. */
function targetFailure(
  upstream: Upstream,
  kind: TransportFailureKind,
  what: string,
  status?: number,
): RelayFailure {
  return new RelayFailure({ kind, scope: "target", message: `${describe(upstream)} ${what}`, status });
}

/** What the system said while we connected to the proxy, or lost it before it answered. */
export function systemFailure(upstream: Upstream, error: NodeJS.ErrnoException): RelayFailure {
  const code = error.code ?? "";
  const { kind, what } = systemErrors[code] ?? hostErrors[code] ?? judgeByName(code);
  const scope = code in hostErrors ? "host" : "upstream";
  return new RelayFailure({ kind, scope, message: `${describe(upstream)} ${what}`, status: undefined });
}

// Other 4xx (402 payment, 429 too many sessions) speak of the proxy or its account, these of the one target: an exit that
// answers for its target is alive, and replacing it for an incident elsewhere would burn a spare IP.
const targetStatuses = new Set([400, 403, 404, 405, 451]);

/** What a status other than 2xx in answer to CONNECT means. */
export function statusFailure(upstream: Upstream, target: string, status: number): RelayFailure {
  if (status === 407 || status === 401) {
    return upstreamFailure(upstream, "auth", `refused the credential (HTTP ${status})`, status);
  }
  const what = `answered CONNECT ${target} with HTTP ${status}`;
  if (status === 504) return targetFailure(upstream, "timeout", what, status);
  if (status >= 500 || targetStatuses.has(status)) return targetFailure(upstream, "blocked", what, status);
  return upstreamFailure(upstream, "blocked", what, status);
}

/** What a SOCKS5 reply code other than 0 means (RFC 1928 §6). */
export function socksFailure(upstream: Upstream, target: string, code: number): RelayFailure {
  const { kind, what } = socksReplies[code] ?? { kind: "protocol" as const, what: "an unknown reply" };
  const message = `answered for ${target}: ${what} (SOCKS ${code})`;
  if (kind === "protocol") return upstreamFailure(upstream, kind, message, code);
  return targetFailure(upstream, kind, message, code);
}

interface Meaning {
  readonly kind: TransportFailureKind;
  readonly what: string;
}

// Code 1 is what microsocks and others answer for a name that does not resolve, so it does not accuse the proxy.
const socksReplies: Readonly<Record<number, Meaning>> = {
  1: { kind: "blocked", what: "general failure" },
  2: { kind: "blocked", what: "not allowed by its rules" },
  3: { kind: "refused", what: "network unreachable" },
  4: { kind: "refused", what: "host unreachable" },
  5: { kind: "refused", what: "connection refused" },
  6: { kind: "timeout", what: "time to live expired" },
  7: { kind: "protocol", what: "command not supported" },
  8: { kind: "blocked", what: "address type not supported" },
};

const systemErrors: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: { kind: "refused", what: "refused the connection" },
  EHOSTUNREACH: { kind: "refused", what: "cannot be reached (no route to host)" },
  ECONNRESET: { kind: "reset", what: "reset the connection" },
  EPIPE: { kind: "reset", what: "closed the connection" },
  ETIMEDOUT: { kind: "timeout", what: "did not answer in time" },
  ENOTFOUND: { kind: "dns", what: "has a host name that does not resolve" },
};

// What connect(2) and getaddrinfo(3) say of this host: every proxy would fail so, whatever its state. EHOSTUNREACH is not among
// them: a router far away says it of one proxy as well.
const hostErrors: Readonly<Record<string, Meaning>> = {
  ENETUNREACH: { kind: "refused", what: "cannot be reached: this host has no route to it" },
  ENETDOWN: { kind: "refused", what: "cannot be reached: this host's network is down" },
  EADDRNOTAVAIL: { kind: "refused", what: "cannot be reached: this host has no address or port left for it" },
  EACCES: { kind: "refused", what: "cannot be reached: this host's firewall refuses it" },
  EPERM: { kind: "refused", what: "cannot be reached: this host's firewall refuses it" },
  EMFILE: { kind: "refused", what: "was not tried: the launcher has reached its limit of open files" },
  ENFILE: { kind: "refused", what: "was not tried: this host has reached its limit of open files" },
  ENOBUFS: { kind: "refused", what: "was not tried: this host has no buffers left" },
  ENOMEM: { kind: "refused", what: "was not tried: this host has no memory left" },
  EAI_AGAIN: { kind: "dns", what: "could not be looked up: this host's resolver does not answer" },
};

function judgeByName(code: string): Meaning {
  const shown = code === "" ? "unknown reason" : code;
  if (code.startsWith("EAI_"))
    return { kind: "dns", what: `has a host name that does not resolve (${shown})` };
  if (/TLS|SSL|CERT|VERIFY|EPROTO/.test(code))
    return { kind: "tls", what: `failed the TLS handshake (${shown})` };
  return { kind: "reset", what: `broke the connection (${shown})` };
}

function describe(upstream: Upstream): string {
  return `${upstream.label} (${formatEndpoint(upstream.endpoint)})`;
}
