import { RelayFailure } from "../adapters/relay/outbound/relay-failure.ts";
import type { TransportFailure } from "../domain/proxy/transport.ts";
import {
  type LaunchError,
  ProxyAuthError,
  ProxyUnavailableError,
  TargetUnreachableError,
} from "../errors.ts";

/** What a failed dial is for the program: its proxy's credential, its proxy, or only this one target. */
export function agentErrorOf(cause: RelayFailure): LaunchError {
  const { kind, scope, message } = cause.failure;
  const sentence = `${message}.`;
  if (scope === "target") {
    return new TargetUnreachableError(sentence, {
      cause,
      hint: "The proxy itself works: check the target, or what the proxy allows.",
    });
  }
  if (kind === "auth") {
    return new ProxyAuthError(sentence, {
      cause,
      hint: "Check the proxy's user and password, and whether the vendor allows this host's address.",
    });
  }
  const hint = kind === "tls" ? "Give the certificate authority of the proxy as `proxyCa` (PEM)." : undefined;
  return new ProxyUnavailableError(sentence, { cause, hint });
}

/** Why a connection through the proxy did not come about, found in an error or in its causes; undefined when it is none of ours. */
export function transportFailureOf(error: unknown): TransportFailure | undefined {
  // Clients wrap errors in their own, some of them in a ring.
  for (let [each, depth] = [error, 0]; each instanceof Error && depth < 10; depth++, each = each.cause) {
    if (each instanceof RelayFailure) return each.failure;
  }
  return undefined;
}
