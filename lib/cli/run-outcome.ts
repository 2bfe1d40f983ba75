import type { Ending } from "../compose/run-unit.ts";
import { LaunchError } from "../errors.ts";
import type { Outcome } from "./command.ts";
import type { Io } from "./terminal/io.ts";

/** What the end of a run means for the program: our own errors are reported as such, the bot's status is passed on. */
export function outcomeOf({ code, reason, hint, exitStatus, by }: Ending, io: Io): Outcome {
  if (code !== undefined) throw new LaunchError(code, reason, { hint, exitStatus });
  io.warn(by === "bot" ? reason : `ended by the launcher: ${reason}`);
  return { exitStatus };
}
