import type { TransportFailure, TransportFailureKind } from "../../domain/proxy/transport.ts";

const kinds: Readonly<Record<string, TransportFailureKind>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
};

/** Why the connection to a witness could not be opened: the relay's own word, else what the error's code says. */
export function dialFailure(error: unknown, host: string): TransportFailure {
  if (carriesFailure(error)) return error.failure;
  const kind = kinds[codeOf(error)] ?? "reset";
  const message = `no connection to ${host}: ${messageOf(error)}`;
  return { kind, scope: "upstream", message, status: undefined };
}

/** Why an open connection brought no answer: behind the proxy it cannot be told whose fault it was. */
export function exchangeFailure(error: unknown, host: string): TransportFailure {
  const code = codeOf(error);
  const isTls =
    code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL") || /CERT|SIGNATURE|ISSUER/.test(code);
  const kind = isTls ? "tls" : code.startsWith("HPE_") ? "protocol" : (kinds[code] ?? "reset");
  const message = isNoServer(code)
    ? `what answers there in place of ${host} speaks no ${isTls ? "TLS" : "HTTP"}, as a page to sign in at may`
    : `the connection to ${host} broke: ${messageOf(error)}`;
  return { kind, scope: "target", message, status: undefined };
}

// A proxy may say that the tunnel is open, and then send its own page into it.
function isNoServer(code: string): boolean {
  return code === "HPE_INVALID_CONSTANT" || noTls.has(code);
}

const noTls = new Set([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_HTTP_REQUEST",
]);

function carriesFailure(error: unknown): error is { readonly failure: TransportFailure } {
  return error instanceof Error && "failure" in error && typeof error.failure === "object";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

// The first line only: OpenSSL's messages go on with source positions.
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? "";
}
