import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { runUnitVerb, unitVerbUsage } from "../../verbs/unit-verb.ts";

export const usage = {
  ...unitVerbUsage,
  details: "A new process on the same exit. What does not run is started as `launch start` does.",
  examples: ["launch restart alice", "launch restart 'fut-*' ticks", "launch restart --all"],
} as const satisfies CommandUsage;

/** Gives back what became of it, for each that was named. */
export function run(context: Context<typeof usage>): Promise<Outcome> {
  return runUnitVerb(context, "restart");
}
