import { listRuns } from "../../operations/runs/list-runs.ts";
import { runsView } from "../../operations/views/runs.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { renderRuns } from "../view/run-table.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details:
    "If the launcher of a run is gone, the table says so and does not show the run as running. Such a run disappears when its bot or collector is launched again, or after a day. Without --wide the table fits the terminal.",
  examples: ["launch ps", "launch ps --all --json"],
  flags: {
    all: {
      kind: "toggle",
      help: "Also show the last run of each bot and collector that has ended, and runs whose launcher died here more than a day ago.",
    },
    wide: { kind: "toggle", help: "Show all columns, even if the table is wider than the terminal." },
  },
} as const satisfies CommandUsage;

/** Gives back the runs of every host. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const store = await workspace.openStore();
  const rows = await listRuns(store, workspace.processes, {
    now: workspace.clock.now(),
    all: context.flags.all,
  });
  return {
    data: runsView(rows, workspace.config.shownDatabase),
    text: (style) => renderRuns(rows, style, context.flags.wide),
    notes: workspace.config.isUsualDatabase ? [] : [`Database: ${workspace.config.shownDatabase}`],
  };
}
