import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";
import { requireEmbedded } from "../../parse/embedded-only.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details:
    "Use it under systemd or in a separate terminal. Other commands start the server by themselves when it does not run.",
};

/** What the command takes. */
export const args = { operands: [], flags: {} } as const satisfies CommandArgs;

/** Runs the embedded server until a signal asks it to stop. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const { database } = await context.openWorkspace();
  const server = requireEmbedded(database);
  context.io.note(`Serving ${database.shown}`);
  await server.serve(context.io.signals.graceful);
  return { notes: ["Stopped."] };
}
