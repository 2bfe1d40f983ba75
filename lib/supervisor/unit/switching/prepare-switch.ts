import { StoreError } from "../../../errors.ts";
import type { EventOf } from "../../../policy/machine/event.ts";
import { findOther } from "../../exit/find-other.ts";
import type { EffectRun } from "../effect-map.ts";
import type { BotContext } from "../effects/bot-context.ts";

/** How long a database that does not answer is left alone. */
const storeRetryMs = 60_000;

/** Finds and proves another exit and asks for the switch; what cannot be asked is no reason to move. */
export const prepareSwitch: EffectRun<"prepare-switch", BotContext> = {
  async run({ exit, lost }, context, signal) {
    try {
      const found = await findOther(context, context.seeker, { exit, lost }, signal);
      if (found.kind === "failed") return found.failure;
      if (found.kind === "none") return found.refusal;
      return { type: "switch-granted", tried: found.tried };
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "LAUNCH_STORE_UNREACHABLE") throw error;
      return storeSilent;
    }
  },
};

const storeSilent: EventOf<"switch-refused"> = {
  type: "switch-refused",
  because: "store",
  reason: "the database does not answer, and without it nothing is switched",
  retryInMs: storeRetryMs,
};
