import { pause } from "../../lease/take-lease.ts";
import type { RunContext } from "../context.ts";
import type { EffectMap } from "../effect-map.ts";

/** What every kind of unit does in the same way. */
export const sharedEffects: EffectMap<RunContext, "wait" | "stop-tree" | "say"> = {
  wait: {
    async run({ ms }, { ports }, signal) {
      await pause(ports.clock, ms, signal);
      return { type: "waited" };
    },
  },
  "stop-tree": {
    async run({ isUrgent }, { keeper }) {
      await keeper.stop(isUrgent);
      return { type: "stopped" };
    },
  },
  say: { run: ({ level, text }, { say }) => say(level, text) },
};
