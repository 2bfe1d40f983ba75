import { constants } from "node:os";
import { operatorEnvironment } from "../../config/sources/surroundings.ts";
import { UsageError } from "../../errors.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { styleFor } from "../view/style.ts";

export const usage = {
  details:
    "A screen of all bots and collectors that is kept fresh. Its keys stop, start, restart and rotate the one under the mark, after a question, and open its log and its reasons; `?` shows them. Leaving it leaves everything as it is.",
  examples: ["launch top"],
} as const satisfies CommandUsage;

/** Shows the screen until somebody leaves it. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { io } = context;
  const { stdin, stdout } = process;
  const env = operatorEnvironment();
  const hasScreen = stdin.isTTY === true && stdout.isTTY === true && env["TERM"] !== "dumb";
  if (!hasScreen || io.flags.json)
    throw new UsageError("LAUNCH_USAGE", "`launch top` draws on a terminal and reads its keys.", {
      hint: "Run `launch ps --watch` on a terminal without keys, or `launch ps --json` for a program.",
    });
  const workspace = await context.openWorkspace();
  const [operator, { openTopDesk }, { runTop }, style] = await Promise.all([
    workspace.openOperator(),
    import("../top/top-desk.ts"),
    import("../top/run-top.ts"),
    styleFor(stdout, { flag: io.flags.color, env }),
  ]);
  const { graceful } = io.signals;
  const gone = new AbortController();
  for (const event of ["error", "close"]) stdout.once(event, () => gone.abort());
  stdin.once("end", () => gone.abort());
  const ended = AbortSignal.any([graceful, gone.signal]);
  await runTop({
    desk: openTopDesk(workspace, operator),
    stdin,
    stdout,
    style,
    ended,
    isAsking: io.isInteractive,
  });
  return { exitStatus: graceful.aborted ? 128 + numberOf(String(graceful.reason)) : 0 };
}

function numberOf(signal: string): number {
  return constants.signals[signal as NodeJS.Signals] ?? 0;
}
