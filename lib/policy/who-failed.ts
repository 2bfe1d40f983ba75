import type { WitnessAnswer } from "../domain/exit-check.ts";
import type { TransportFailure, TransportFailureKind } from "../domain/proxy/transport.ts";

/**
 * "Proxy or witness?", the one rule for it: what the proxy itself answers is the proxy's, what this host cannot do is this host's,
 * and silence or disagreement behind a proxy that works is the witnesses'. Gives back the failure that explains a round of answers;
 * undefined where it is the witnesses'.
 */
export function whoFailed(answers: readonly WitnessAnswer[]): TransportFailure | undefined {
  const unknowns = answers.filter((answer) => answer.kind === "unknown");
  if (unknowns.length < answers.length) return undefined;
  const failures = unknowns.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  // A refused credential tells more than the other failures of the same round; what this host cannot do explains the rest.
  return (
    failures.find(({ kind, scope }) => scope === "upstream" && kind === "auth") ??
    failures.find(({ scope }) => scope === "host") ??
    failures.find(({ scope }) => scope === "upstream") ??
    // What the proxy itself refuses to each is its own; one that lets a witness through is not to blame for the others.
    (unknowns.every(({ failure }) => failure?.kind === "denied") ? failures[0] : undefined)
  );
}

/**
 * Whether a failure may be this host's own trouble, so that it counts only once a control has answered. A connection that was accepted
 * shows that this host reaches its proxy; one that was refused does not: its own kernel or firewall refuses in the same way, and a page to
 * sign in at may be that of the network that this host is in.
 */
export function needsControl({ kind, scope, told }: TransportFailure): boolean {
  return scope === "host" || (scope === "upstream" && (silentKinds.has(kind) || told === "portal"));
}

const silentKinds: ReadonlySet<TransportFailureKind> = new Set(["refused", "timeout", "dns"]);

/** Whether a credential counts as refused after so many rounds in a row: one may be a gateway's hiccup. */
export function countsAsRefused(refusals: number): boolean {
  return refusals >= 2;
}
