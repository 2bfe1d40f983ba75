import { type HeldExit, isOperators } from "../../../policy/machine/state.ts";
import { cleanMsOf, recordRelease, recordStandby } from "../../exit/exit-claim.ts";
import { leaveExit as recordLoss } from "../../exit/leave-exit.ts";
import type { EffectRun } from "../effect-map.ts";
import type { BotContext } from "./bot-context.ts";

/** Gives the exit back and writes down why it was left. */
export const leaveExit: EffectRun<"leave-exit", BotContext> = {
  run({ exit, cause, reason }, context) {
    const { book, ports } = context;
    recordRelease(context, exit);
    if (isOperators(cause)) recordStandby(context, exit);
    const { clock, random } = ports;
    const [candidate, cleanMs] = [exit.chosen.facts, cleanMsOf(exit, clock)];
    recordLoss({ book, candidate, cause, reason, nowMs: clock.now(), unit: random.unit(), cleanMs });
  },
};

/** Gives the exit back without blame. */
export const releaseExit: EffectRun<"release-exit", BotContext> = {
  run: ({ exit }, context) => release(context, exit),
};

/** Gives an exit back and credits the clean time on it. */
export function release(context: BotContext, exit: HeldExit): void {
  recordRelease(context, exit);
  recordStandby(context, exit);
}
