import { exitLeft } from "../../../domain/event.ts";
import { exitKeyOf } from "../../../domain/ip.ts";
import { type HeldExit, isLost, type LossCause } from "../../../policy/machine/state.ts";
import { burnedUntil } from "../../../policy/reputation/venue-findings.ts";
import { cleanMsOf, recordRelease } from "../../exit/exit-claim.ts";
import { report } from "../../exit/report-evidence.ts";
import type { EffectRun } from "../effect-map.ts";
import type { BotContext } from "./bot-context.ts";

/** Gives the exit back and reports why it was left. */
export const leaveExit: EffectRun<"leave-exit", BotContext> = {
  run({ exit, cause, reason: why, drift }, context) {
    const { facts } = exit.chosen;
    // One witness said so, and nobody waits for the others: it is told, and holds nothing against the proxy.
    if (drift !== undefined) recordLoss(context, exit, "drift", drift);
    recordLeft(context, exit, why);
    if (isLost(cause)) {
      recordRelease(context, exit);
      recordLoss(context, exit, cause, why);
      const cleanMs = cleanMsOf(exit, context.ports.clock);
      report(context, facts, { kind: "exit-lost", cause, why, cleanMs }, "answers");
      return;
    }
    if (cause === "burned" || cause === "geo_blocked") {
      recordRelease(context, exit);
      reportBurn(context, exit, why);
      return;
    }
    release(context, exit);
    if (isOperators(cause))
      report(context, facts, { kind: "operator-changed", isRotation: cause === "operator", why });
  },
};

// Whoever asks later why the account came to the next exit reads this.
function recordLeft(context: BotContext, { label, proxyId }: HeldExit, why: string): void {
  context.recorder.record({
    kind: exitLeft,
    severity: "info",
    message: `${label} was left: ${why}`,
    proxyId,
  });
}

function recordLoss(context: BotContext, { chosen }: HeldExit, cause: LossCause, message: string): void {
  const { id: proxyId, provider: vendor } = chosen.facts.proxy;
  const evidence = { cause, vendor };
  context.recorder.record({ kind: "exit.lost", severity: "warning", message, proxyId, evidence });
}

// What stands against the exit was written by whoever judged it, so its end is read in its turn.
function reportBurn(context: BotContext, exit: HeldExit, why: string): void {
  const { chosen, proof } = exit;
  const cleanMs = cleanMsOf(exit, context.ports.clock);
  context.recorder.write(async (store) => {
    const rows = await store.reputations.list({ exitKeys: proof.exitIps.map(exitKeyOf) });
    const { known, untilAt } = burnedUntil(rows, chosen.account, context.ports.clock.now());
    const evidence = known
      ? ({ kind: "exit-burned", why, untilAt, cleanMs } as const)
      : ({ kind: "exit-released", cleanMs } as const);
    report(context, chosen.facts, evidence);
  });
}

function isOperators(cause: LossCause): boolean {
  return cause === "operator" || cause === "demoted" || cause === "edited" || cause === "held";
}

/** Gives the exit back without blame. */
export const releaseExit: EffectRun<"release-exit", BotContext> = {
  run({ exit, why }, context) {
    if (why !== undefined) recordLeft(context, exit, why);
    release(context, exit);
  },
};

/** Gives an exit back; the clean time on it is credited. */
function release(context: BotContext, exit: HeldExit): void {
  recordRelease(context, exit);
  credit(context, exit);
}

/** Credits the clean time on an exit. */
export function credit(context: BotContext, exit: HeldExit): void {
  const cleanMs = cleanMsOf(exit, context.ports.clock);
  report(context, exit.chosen.facts, { kind: "exit-released", cleanMs });
}
