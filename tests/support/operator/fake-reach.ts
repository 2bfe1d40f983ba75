import type { Reach } from "../../../lib/operations/units/ask-launcher.ts";
import type { OperatorDialer } from "../../../lib/ports/operator-channel.ts";
import { allProcesses } from "./operator-bench.ts";

/** Launchers that are all judged so; a socket answers as `dialer` says, and refuses otherwise. */
export function fakeReach(
  verdict: "alive" | "dead" | "elsewhere",
  dialer: Partial<OperatorDialer> = {},
  change: Partial<Reach> = {},
): Reach {
  const refused = async () => ({ kind: "refused", why: "not in this world" }) as const;
  return {
    dialer: { ask: refused, snapshot: refused, exec: refused, ...dialer },
    processes: { ...allProcesses(verdict), isStopped: () => false },
    near: async () => [],
    ...change,
  };
}
