import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { SpawnPlan } from "../../../ports/spawner.ts";

export type StartedChild = ChildProcess & { readonly pid: number };

/** What is really started for a plan: a tier may put words in front of the command, but the pid ends up the command's own. */
export interface TierCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: readonly ("inherit" | "pipe" | "ignore")[];
  /** In a process group (and session) of its own. */
  readonly detached: boolean;
}

/** Turns a plan whose executable was found into what is started; `words` are the tier's own, put in front. */
export function tierCommand(plan: SpawnPlan, executable: string, words: readonly string[]): TierCommand {
  const [file = executable, ...args] = [...words, executable, ...plan.command.slice(1)];
  return {
    file,
    args,
    cwd: plan.cwd,
    env: plan.env,
    stdio: plan.tty ? ["inherit", "inherit", "inherit"] : [plan.hasInput ? "pipe" : "ignore", "pipe", "pipe"],
    detached: !plan.tty,
  };
}

/** Starts it; rejects with what the system said. */
export async function launch({ file, args, stdio, ...options }: TierCommand): Promise<StartedChild> {
  const child = spawn(file, args, { ...options, stdio: [...stdio] });
  await once(child, "spawn");
  return child as StartedChild;
}
