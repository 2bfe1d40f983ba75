import type { Upstream } from "../../../domain/proxy/proxy.ts";
import { formatEndpoint, type ProxyScheme } from "../../../domain/proxy/proxy-endpoint.ts";
import type { Remedy, TransportFailure, TransportFailureKind } from "../../../domain/proxy/transport.ts";
import type { RelayDialError } from "../../../ports/relay.ts";
import type { OtherSpeech } from "./spoken.ts";

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
  return failureOf(upstream, { kind, scope: "upstream", what, status });
}

/** An answer that cannot be read: named after what it belongs to, where that is known. */
export function otherFailure(
  upstream: Upstream,
  speech: OtherSpeech | undefined,
  unknown: string,
): RelayFailure {
  const wanted = wantedSpeech[upstream.endpoint.scheme];
  const what = speech === undefined ? unknown : `speaks ${speech.name} on this port, not ${wanted}`;
  return failureOf(upstream, { kind: "protocol", scope: "upstream", what, spoken: speech?.spoken });
}

const wantedSpeech: Readonly<Record<ProxyScheme, string>> = { http: "HTTP", https: "TLS", socks5: "SOCKS5" };

/** A SOCKS5 proxy that wants to sign in by a method that is not spoken here: no user and no password can help. */
export function signInFailure(upstream: Upstream, method: number): RelayFailure {
  const name = method === 1 ? "GSSAPI" : `method ${method}`;
  const what = `wants to sign in with ${name}; only user and password are spoken`;
  return failureOf(upstream, {
    kind: "denied",
    scope: "upstream",
    what,
    status: method,
    remedy: "socks-sign-in",
  });
}

type Part = Omit<TransportFailure, "message" | "status"> & {
  readonly what: string;
  readonly status?: number | undefined;
};

/** A failure as its parts say; its message begins with the proxy. */
export function failureOf(upstream: Upstream, { what, status, ...rest }: Part): RelayFailure {
  return new RelayFailure({ ...rest, message: `${describe(upstream)} ${what}`, status });
}

/** What the system said while we connected to the proxy, or lost it before it answered. */
export function systemFailure(upstream: Upstream, error: NodeJS.ErrnoException): RelayFailure {
  const code = error.code ?? "";
  const meaning =
    systemErrors[code] ?? hostErrors[code] ?? certificateErrors(upstream, code) ?? judgeByName(code);
  return failureOf(upstream, { ...meaning, scope: code in hostErrors ? "host" : "upstream" });
}

/** What a SOCKS5 reply code other than 0 means (RFC 1928 §6). */
export function socksFailure(upstream: Upstream, target: string, code: number): RelayFailure {
  const { kind, what } = socksReplies[code] ?? { kind: "protocol" as const, what: "an unknown reply" };
  const message = `answered for ${target}: ${what} (SOCKS ${code})`;
  return failureOf(upstream, {
    kind,
    scope: kind === "protocol" ? "upstream" : "target",
    what: message,
    status: code,
  });
}

interface Meaning {
  readonly kind: TransportFailureKind;
  readonly what: string;
  readonly remedy?: Remedy;
}

// Code 1 is what microsocks and others answer for a name that does not resolve, so it does not accuse the proxy.
const socksReplies: Readonly<Record<number, Meaning>> = {
  1: { kind: "blocked", what: "general failure" },
  2: { kind: "denied", what: "not allowed by its rules" },
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

// Node names OpenSSL's verdicts on the chain so.
const unknownAuthority =
  /SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA/;

function certificateErrors({ ca }: Upstream, code: string): Meaning | undefined {
  if (unknownAuthority.test(code)) {
    const whose =
      ca === undefined ? "no authority that this host knows" : "another authority than the one stored for it";
    return { kind: "tls", what: `shows a certificate of ${whose} (${code})`, remedy: "proxy-ca" };
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return { kind: "tls", what: `shows a certificate for another name (${code})`, remedy: "certificate" };
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return {
      kind: "tls",
      what: `shows a certificate that is not valid now (${code})`,
      remedy: "expired",
    };
  const terms = vendorTls[code];
  return terms === undefined ? undefined : { kind: "tls", what: `${terms} (${code})`, remedy: "vendor-tls" };
}

// What no setting of ours can bring about.
const vendorTls: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "speaks only a TLS version older than 1.2",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "speaks only a TLS version older than 1.2",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "demands a certificate of the client",
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: "does not speak HTTP/1.1 over TLS",
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
