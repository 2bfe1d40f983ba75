import type { RunContext } from "../context.ts";
import type { EffectMap } from "../effect-map.ts";

/** What every kind of unit does in the same way. */
export const sharedEffects: EffectMap<RunContext, "stop-tree" | "say"> = {
  "stop-tree": {
    async run({ isUrgent }, { keeper }) {
      await keeper.stop(isUrgent);
      return { type: "stopped" };
    },
  },
  say: { run: ({ level, text }, { say }) => say(level, text) },
};
