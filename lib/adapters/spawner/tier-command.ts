import type { StdioOptions } from "node:child_process";
import type { SpawnPlan } from "../../ports/spawner.ts";

/** What is really started for a plan: a tier may put words in front of the command, but the pid ends up the command's own. */
export interface TierCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: StdioOptions;
  /** In a process group (and session) of its own. */
  readonly detached: boolean;
}

/** Turns a plan whose executable was found into what is started; `words` are the tier's own, put in front. */
export function tierCommand(plan: SpawnPlan, executable: string, words: readonly string[]): TierCommand {
  const [file = executable, ...args] = [...words, executable, ...plan.command.slice(1)];
  return {
    file,
    args,
    env: plan.env,
    stdio: plan.tty ? "inherit" : ["ignore", "pipe", "pipe"],
    detached: !plan.tty,
  };
}
