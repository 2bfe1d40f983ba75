import { loadPlace } from "../../../config/load/load-place.ts";
import { actor } from "../../../config/sources/actor.ts";
import { LaunchError } from "../../../errors.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

/** What an end takes beside the longest grace. */
const moreMs = 30_000;

export const usage = {
  details:
    "Ends the `launch up` of this state folder: every unit is stopped with its own grace. What operators want of units stays as it is. Ends with 0 also when none runs.",
  examples: ["launch down"],
  flags: {
    within: { kind: "duration", help: "How long to wait for the end (default: the longest grace and 30 s)." },
  },
} as const satisfies CommandUsage;

/** Ends it and says how long that took. */
export async function run({ flags, io }: Context<typeof usage>): Promise<Outcome> {
  const { stateFolder } = loadPlace(io.flags);
  const { endUp, findUp } = await import("../../../compose/desk/find-up.ts");
  const found = findUp(stateFolder);
  if (found === undefined)
    return {
      data: { version: 1, ended: false, pid: null },
      notes: [`No \`launch up\` runs on the state folder ${stateFolder}.`],
    };
  const { pid } = found.process;
  const withinMs = flags.within ?? found.longestGraceMs + moreMs;
  const progress = await io.progress(`ending launch up (pid ${pid})`);
  const tookMs = await endUp(stateFolder, found, {
    by: `${actor()} (launch down)`,
    withinMs,
    look({ stopping }) {
      if (stopping !== undefined) progress.update(`${stopping.stopped} of ${stopping.of} stopped`);
    },
  }).finally(() => progress.done());
  if (tookMs === undefined)
    throw new LaunchError(
      "LAUNCH_STOP_FAILED",
      `launch up (pid ${pid}) still runs after ${Math.round(withinMs / 1_000)} s.`,
      { hint: "`launch ps` shows what it waits for; run `launch down` again to end it now." },
    );
  return {
    data: { version: 1, ended: true, pid },
    text: () => `launch up (pid ${pid}) ended after ${(tookMs / 1_000).toFixed(1)} s`,
  };
}
