import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { UsageError } from "../../../errors.ts";
import { refuseWhileLive } from "../../../operations/refuse-while-live.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details:
    "Refused while a bot or collector runs, unless you give --live. Ids are kept and credentials stay sealed, so the import needs the same keys. The file gets mode 0600; an existing file is never overwritten.",
  examples: ["launch db export backup.ndjson"],
  operands: [{ name: "file", help: "The file to make.", arity: "one" }],
  flags: {
    live: {
      kind: "toggle",
      help: "Export although bots or collectors run; what they write meanwhile is missing.",
    },
  },
} as const satisfies CommandUsage;

const notWhileLive = "An export is out of date at once while bots run (--live makes one anyway)";

/** Writes the export. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const { database } = workspace;
  if (!context.flags.live)
    await refuseWhileLive(await workspace.openStore(), workspace.processes, notWhileLive);
  const { file } = context.args;
  const output = createWriteStream(file, { flags: "wx", mode: 0o600 });
  await once(output, "open").catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError("LAUNCH_INVALID_VALUE", `${file} cannot be created (${cause.code}).`, { cause });
  });
  const rows = await database.exportTo(async (line) => {
    if (!output.write(`${line}\n`)) await once(output, "drain");
  });
  output.end();
  await once(output, "finish");
  return { data: { version: 1, file, rows }, notes: [`${rows} rows were written to ${file}.`] };
}
