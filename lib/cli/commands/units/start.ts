import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { runUnitVerb, unitVerbUsage } from "../../verbs/unit-verb.ts";

export const usage = {
  ...unitVerbUsage,
  details:
    "Ends a stop. A launcher that has the bot or collector in its file starts it; one that runs already stays as it is. Ends with 1 when no launcher has it.",
  examples: ["launch start alice", "launch start 'fut-*' ticks", "launch start --all"],
} as const satisfies CommandUsage;

/** Gives back what became of it, for each that was named. */
export function run(context: Context<typeof usage>): Promise<Outcome> {
  return runUnitVerb(context, "start");
}
