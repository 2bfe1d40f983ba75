import { loadPlace } from "../../../config/load/load-place.ts";
import { LaunchError } from "../../../errors.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

const withinMs = 60_000;

export const usage = {
  details:
    "Makes the `launch up` of this state folder read launch.yaml again. Only what changed is started, stopped or started anew. A file with a mistake changes nothing, and the mistake is told. Settings that are not a unit's, such as network and notify, are named; they count after `launch up -d --replace`.",
  examples: ["launch reload"],
} as const satisfies CommandUsage;

/** Gives back what was changed. */
export async function run({ io }: Context<typeof usage>): Promise<Outcome> {
  const { stateFolder } = loadPlace(io.flags);
  const { reloadUp, requireUp } = await import("../../../compose/desk/find-up.ts");
  const found = requireUp(stateFolder);
  const done = await reloadUp(stateFolder, found, withinMs);
  if (done === undefined)
    throw new LaunchError(
      "LAUNCH_CHECK_FAILED",
      `launch up (pid ${found.process.pid}) has not said within ${withinMs / 1_000} s what it changed.`,
      { hint: "`launch ps` shows what runs; units that take long to stop may still be stopping." },
    );
  if (done.isRefused)
    throw new LaunchError("LAUNCH_CONFIG_INVALID", `Nothing was changed: ${done.text.join(" ")}`, {
      hint: "Mend it, see `launch config check`, then run `launch reload` again.",
    });
  return { data: { version: 1, changes: done.text }, text: () => done.text.join("\n") };
}
