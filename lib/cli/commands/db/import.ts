import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { UsageError } from "../../../errors.ts";
import { refuseWhileLive } from "../../../operations/refuse-while-live.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Imports everything or nothing, and only while nothing runs, unless you give --live. The keys that sealed the credentials are needed here too: copy the key file.",
  examples: ["launch db import backup.ndjson"],
  operands: [{ name: "file", help: "The export.", arity: "one" }],
  flags: {
    live: { kind: "toggle", help: "Import although a collector runs on this database." },
  },
} as const satisfies CommandUsage;

const notWhileLive = "Nothing may run during an import (--live imports anyway)";

/** Stores the export. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const { database } = workspace;
  if (!context.flags.live)
    await refuseWhileLive(await workspace.openStore(), workspace.processes, notWhileLive);
  const { file } = context.args;
  const input = createReadStream(file, "utf8");
  await once(input, "open").catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(file, cause);
  });
  const rows = await database.importFrom(linesOf(file, input));
  return { data: { version: 1, file, rows }, notes: [`${rows} rows were stored. Next: launch doctor`] };
}

// readline drops the lines that come before somebody iterates, so it is made only then.
async function* linesOf(file: string, input: NodeJS.ReadableStream): AsyncGenerator<string> {
  try {
    yield* createInterface({ input });
  } catch (cause) {
    throw unreadable(file, cause as NodeJS.ErrnoException);
  }
}

// A folder can be opened, and not read.
function unreadable(file: string, cause: NodeJS.ErrnoException): UsageError {
  return new UsageError("LAUNCH_INVALID_VALUE", `${file} cannot be read (${cause.code}).`, { cause });
}
