import type { TransportFailure } from "../../domain/proxy/transport.ts";

/** What answered, or did not, beside the account's own proxies. */
export interface ControlAnswer {
  readonly isAnswered: boolean;
  /** What was asked, in words: "the witness https://…" */
  readonly asked: readonly string[];
}

/** Says in one sentence that this host reaches nothing, and what was tried: proxies by their failures, and the controls. */
export function hostOffline(
  failures: readonly TransportFailure[],
  { isAnswered, asked }: ControlAnswer,
): { readonly reason: string; readonly hint: string } {
  const silent =
    isAnswered || asked.length === 0 ? [] : [`without a proxy, none of these answered: ${asked.join(", ")}`];
  const tried = [...failures.map(({ message }) => message), ...silent];
  return {
    reason: `This host reaches nothing, so no proxy is blamed: ${tried.join("; ")}.`,
    hint: "Look at this host's network with `launch doctor`. If its firewall allows connections only to proxies, set `network.direct: off` in launch.yaml.",
  };
}
