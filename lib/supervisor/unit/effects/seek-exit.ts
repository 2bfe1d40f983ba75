import { StoreError } from "../../../errors.ts";
import type { TaskAnswers } from "../../../policy/machine/effect.ts";
import type { EventOf } from "../../../policy/machine/event.ts";
import { isSameExit, type ProvenCandidate } from "../../../policy/machine/state.ts";
import { giveBackUnused, recordClaim, claimExit as takeExit } from "../../exit/exit-claim.ts";
import { pause } from "../../lease/take-lease.ts";
import { heldAgainst } from "../../venue/held-against.ts";
import type { AnswerOf, EffectRun } from "../effect-map.ts";
import { takeUpKeys } from "./acquire-lease.ts";
import type { BotContext } from "./bot-context.ts";
import { prepareStart } from "./spawn.ts";

const storeRetryEveryMs = 1_000;

/** Picks the next candidate by the facts as they are now. */
export const choose: EffectRun<"choose", BotContext> = {
  async run({ decision, left }, context, signal) {
    await takeUpKeys(context);
    if (left !== undefined) {
      const { keepPace } = await import("../switching/permits.ts");
      await keepPace(context, left, signal);
    }
    return patiently(context, signal, () => context.seeker.choose(decision, signal));
  },
};

/** Asks the witnesses through the candidate. */
export const prove: EffectRun<"prove", BotContext> = {
  run: ({ candidate }, { seeker }, signal) => seeker.prove(candidate, signal),
};

/** Takes the lease of the proven exit. */
export const claimExit: EffectRun<"claim-exit", BotContext> = {
  run: ({ candidate }, context, signal) =>
    patiently(context, signal, async () => {
      const { recorder, say, hold } = context;
      // The operator may have changed something while the proof was under way; and an exit left behind goes back first.
      const [refused] = await Promise.all([
        refusedNow(context, candidate),
        // Of the first one nobody waits until its proof is written.
        hold.hasHadExit ? recorder.settled() : undefined,
        prepareStart(context),
      ]);
      if (refused !== undefined) return refused;
      const claimed = await takeExit(context, candidate, signal);
      if (claimed.kind === "conflicted") {
        say("warning", `${candidate.label} is not used: ${claimed.why}`);
        return { type: "conflicted", setAside: { why: claimed.why, retryClass: "returns" } };
      }
      const { lease, hasWaited } = claimed;
      // A wait takes the holder's whole TTL: what was asked and proven before it is old.
      const refusedLate = hasWaited ? await refusedAfterWait(context, candidate, signal) : undefined;
      if (refusedLate !== undefined) {
        await giveBackUnused(context, lease);
        return refusedLate;
      }
      recordClaim(context, candidate);
      return { type: "claimed", lease };
    }),
};

// What the operator or a venue says against the exit by now.
async function refusedNow(
  { seeker, ports, say }: BotContext,
  candidate: ProvenCandidate,
): Promise<EventOf<"conflicted"> | undefined> {
  const [changed, against] = await Promise.all([
    seeker.operatorChangeOf(candidate),
    heldAgainst(ports, candidate),
  ]);
  if (changed !== undefined) return { type: "conflicted", setAside: undefined };
  if (against === undefined) return undefined;
  say("warning", `${candidate.label} is not used: it ${against.why}`);
  return { type: "conflicted", setAside: against };
}

async function refusedAfterWait(
  context: BotContext,
  candidate: ProvenCandidate,
  signal: AbortSignal,
): Promise<AnswerOf<"claim-exit"> | undefined> {
  const refused = await refusedNow(context, candidate);
  if (refused !== undefined) return refused;
  const { seeker } = context;
  const again = await seeker.prove(candidate, signal);
  if (again.type === "task-failed") return again;
  if (again.type === "not-proved") return { type: "conflicted", setAside: again.setAside };
  if (isSameExit(candidate, { ...candidate, proof: again.proof })) return undefined;
  return { type: "conflicted", setAside: seeker.leaveDrifted(candidate, again.proof).setAside };
}

// A bot that has run waits for the database; the lease's own deadline ends that wait.
async function patiently<Do extends keyof TaskAnswers>(
  { ports, hasRun }: BotContext,
  signal: AbortSignal,
  work: () => Promise<AnswerOf<Do>>,
): Promise<AnswerOf<Do>> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isOutage = error instanceof StoreError && error.code === "LAUNCH_STORE_UNREACHABLE";
      if (!hasRun() || !isOutage) throw error;
      await pause(ports.clock, storeRetryEveryMs, signal);
    }
  }
}
