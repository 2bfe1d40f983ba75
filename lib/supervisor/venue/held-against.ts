import { anyVenue } from "../../domain/account.ts";
import { exitKeyOf } from "../../domain/ip.ts";
import type { Exclusion } from "../../policy/eligibility.ts";
import type { ProvenCandidate } from "../../policy/machine/state.ts";
import { reputationAt } from "../../policy/reputation/reputation.ts";
import type { RunnerPorts } from "../unit/ports.ts";

/** What the account's venues hold against an exit that was just proven, which may be another than selection thought of; undefined when nothing. */
export async function heldAgainst(
  { store, clock }: Pick<RunnerPorts, "store" | "clock">,
  { chosen, proof: { exitIps } }: Pick<ProvenCandidate, "chosen" | "proof">,
): Promise<Exclusion | undefined> {
  const { venues } = chosen.account;
  const exitKeys = exitIps.map(exitKeyOf);
  const filter = venues.includes(anyVenue) ? { exitKeys } : { exitKeys, venues };
  const now = clock.now();
  for (const row of await store.reputations.list(filter)) {
    const { state, venue, exitIp, untilAt } = reputationAt(row, now);
    const retryClass = untilAt === undefined ? "operator" : "returns";
    if (state === "burned") return { why: `has the exit ${exitIp}, which is burned at ${venue}`, retryClass };
    if (state === "geo_blocked")
      return { why: `has the exit ${exitIp}, which ${venue} serves nobody from`, retryClass };
  }
  return undefined;
}
