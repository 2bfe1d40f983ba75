import { refuseWhileLive } from "../../../operations/refuse-while-live.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Refused while a bot or collector runs, unless you give --live. Ids are kept and credentials stay sealed, so the import needs the same keys. The file gets mode 0600, is there whole or not at all, and never replaces another. With --live it is a backup: it shows one moment, and bots go on.",
  examples: ["launch db export backup.ndjson", "launch db export --live /backup/launch-$(date +%F).ndjson"],
  operands: [{ name: "file", help: "The file to make.", arity: "one" }],
  flags: {
    live: {
      kind: "toggle",
      help: "Export although bots or collectors run; what they write later is missing.",
    },
  },
} as const satisfies CommandUsage;

const notWhileLive = "An export is out of date at once while bots run (--live makes one anyway)";

/** Writes the export. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  if (!context.flags.live)
    await refuseWhileLive(await workspace.openStore(), workspace.processes, notWhileLive);
  const { file } = context.args;
  const { exportToFile } = await import("../../../compose/database/export-file.ts");
  const rows = await exportToFile(workspace.database, file);
  return { data: { version: 1, file, rows }, notes: [`${rows} rows were written to ${file}.`] };
}
