import type { TransportFailure, TransportFailureKind } from "../../domain/proxy/transport.ts";

/**
 * Whether a failure may be this host's own trouble, so that it counts only once a control has answered. A connection that was accepted
 * shows that this host reaches its proxy; one that was refused does not: its own kernel or firewall refuses in the same way.
 */
export function needsControl({ kind, scope }: TransportFailure): boolean {
  return scope === "host" || (scope === "upstream" && silentKinds.has(kind));
}

const silentKinds: ReadonlySet<TransportFailureKind> = new Set(["refused", "timeout", "dns"]);
