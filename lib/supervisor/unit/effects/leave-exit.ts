import { exitLeft } from "../../../domain/event.ts";
import { type HeldExit, isLost, type LossCause } from "../../../policy/machine/state.ts";
import { cleanMsOf, recordRelease } from "../../exit/exit-claim.ts";
import { report } from "../../exit/report-evidence.ts";
import type { EffectRun } from "../effect-map.ts";
import type { BotContext } from "./bot-context.ts";

/** Gives the exit back and reports why it was left. */
export const leaveExit: EffectRun<"leave-exit", BotContext> = {
  run({ exit, cause, reason: why }, context) {
    const { facts } = exit.chosen;
    // Whoever asks later why the account came to the next exit reads this.
    const message = `${exit.label} was left: ${why}`;
    context.recorder.record({ kind: exitLeft, severity: "info", message, proxyId: exit.proxyId });
    if (isLost(cause)) {
      recordRelease(context, exit);
      const cleanMs = cleanMsOf(exit, context.ports.clock);
      report(context, facts, { kind: "exit-lost", cause, why, cleanMs }, "answers");
      return;
    }
    release(context, exit);
    if (isOperators(cause))
      report(context, facts, { kind: "operator-changed", isRotation: cause === "operator", why });
  },
};

function isOperators(cause: LossCause): boolean {
  return cause === "operator" || cause === "demoted" || cause === "edited" || cause === "held";
}

/** Gives the exit back without blame. */
export const releaseExit: EffectRun<"release-exit", BotContext> = {
  run: ({ exit }, context) => release(context, exit),
};

/** Gives an exit back; the clean time on it is credited. */
export function release(context: BotContext, exit: HeldExit): void {
  recordRelease(context, exit);
  const cleanMs = cleanMsOf(exit, context.ports.clock);
  report(context, exit.chosen.facts, { kind: "exit-released", cleanMs });
}
