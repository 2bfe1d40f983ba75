import type { RunId } from "../../domain/ids.ts";
import { exitKeyOf } from "../../domain/ip.ts";
import type { SwitchSubject } from "../../domain/reputation/switch.ts";
import type { Run } from "../../domain/run/run.ts";
import type { AccountFacts } from "../../domain/selection/selection-facts.ts";
import { exitOfCandidate } from "../../policy/reputation/venue-findings.ts";
import type { Operator } from "../operator.ts";

/** Whose planned switch is asked about: the facts of venues, vendor and host are those of the exit that the account is on. */
export function switchSubject(
  { hostKey, random }: Pick<Operator, "hostKey" | "random">,
  { account, candidates }: AccountFacts,
  run: Run | undefined,
): SwitchSubject {
  const used = candidates.find(({ proxy }) => proxy.id === run?.proxyId);
  const exitIp = used && exitOfCandidate(used);
  return {
    accountId: account.id,
    runId: run?.id ?? (random.uuid() as RunId),
    venues: account.venues,
    provider: used?.proxy.provider,
    exitKey: exitIp && exitKeyOf(exitIp),
    hostKey,
  };
}
