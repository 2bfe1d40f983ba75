import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { runUnitVerb, unitVerbUsage } from "../../verbs/unit-verb.ts";

export const usage = {
  ...unitVerbUsage,
  details:
    "Sets what is wanted to stopped, so that nothing starts it again by itself, and asks its launcher to end it gracefully. Ends with 0 as well when nothing ran.",
  examples: ["launch stop alice", "launch stop 'fut-*' ticks", "launch stop --all"],
} as const satisfies CommandUsage;

/** Gives back what became of it, for each that was named. */
export function run(context: Context<typeof usage>): Promise<Outcome> {
  return runUnitVerb(context, "stop");
}
