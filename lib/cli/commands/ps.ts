import { UsageError } from "../../errors.ts";
import { type ListOptions, listRuns } from "../../operations/runs/list-runs.ts";
import { runsView } from "../../operations/views/runs.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { redrawn } from "../view/redraw.ts";
import { renderRuns } from "../view/run-table.ts";

export const usage = {
  details:
    "Every account and collector is shown. One that does not run has the proxy and the address that it had last, or else the first one assigned to it, in parentheses. If the launcher of a run is gone, the table says so and does not show the run as running; after a day it shows that run no more. Without --wide the table fits the terminal.",
  examples: ["launch ps", "launch ps --running --json", "launch ps --watch"],
  flags: {
    running: { kind: "toggle", help: "Leave out what does not run." },
    all: { kind: "toggle", help: "Also show runs whose launcher died here more than a day ago." },
    wide: { kind: "toggle", help: "Show all columns, even if the table is wider than the terminal." },
    watch: { kind: "toggle", help: "Show it anew every two seconds, in the same place, until Ctrl-C." },
  },
} as const satisfies CommandUsage;

const redrawMs = 2_000;

/** Gives back the units of every host, with what runs of them. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { running, all, wide, watch } = context.flags;
  if (watch) refuseWithoutScreen(context.io.flags.json);
  const workspace = await context.openWorkspace();
  const store = await workspace.openStore();
  const { config } = workspace;
  const read = () => {
    const scope: ListOptions["scope"] = running ? "running" : all ? "all" : "units";
    const collectors = Object.keys(config.collectors);
    return listRuns(store, workspace.processes, { now: workspace.clock.now(), scope, collectors });
  };
  const notes = config.isUsualDatabase ? [] : [`Database: ${config.shownDatabase}`];
  if (watch) {
    const { graceful } = context.io.signals;
    return {
      follow: (style, gone) =>
        redrawn(async (width) => renderRuns(await read(), { ...style, width }, wide), {
          everyMs: redrawMs,
          stopped: AbortSignal.any([gone, graceful]),
          screen: process.stdout,
        }),
    };
  }
  const rows = await read();
  const isEmpty = rows.length === 0 && !running;
  return {
    data: runsView(rows, config.shownDatabase),
    text: (style) => renderRuns(rows, style, wide),
    notes: isEmpty ? [...notes, "Add the first account with `launch account add`."] : notes,
  };
}

function refuseWithoutScreen(isJson: boolean): void {
  if (process.stdout.isTTY && !isJson) return;
  throw new UsageError("LAUNCH_USAGE", "--watch draws on a terminal, and the output is none.", {
    hint: "Run `launch ps --json` again and again instead.",
  });
}
