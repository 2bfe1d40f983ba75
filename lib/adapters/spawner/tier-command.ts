import type { StdioOptions } from "node:child_process";
import { ConfigError } from "../../errors.ts";
import type { SpawnPlan } from "../../ports/spawner.ts";
import { deathSignalWords } from "./setpriv.ts";

/** What is really started for a plan: a tier may put words in front of the command, but the pid ends up the command's own. */
export interface TierCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: StdioOptions;
  /** In a process group (and session) of its own. */
  readonly detached: boolean;
}

/** Turns a plan whose executable was found into what is started; throws ConfigError LAUNCH_TIER_UNAVAILABLE for the kernel tier. */
export function tierCommand(plan: SpawnPlan, executable: string, setpriv: string | undefined): TierCommand {
  if (plan.tier.tier === "kernel") {
    throw new ConfigError("LAUNCH_TIER_UNAVAILABLE", "The kernel tier is not part of this version.", {
      hint: "Use `--isolation preload` for a Node bot.",
    });
  }
  const words = [
    ...(setpriv === undefined ? [] : deathSignalWords(setpriv)),
    executable,
    ...plan.command.slice(1),
  ];
  return {
    file: words[0] ?? executable,
    args: words.slice(1),
    env: plan.env,
    stdio: plan.tty ? "inherit" : ["ignore", "pipe", "pipe"],
    detached: !plan.tty,
  };
}
