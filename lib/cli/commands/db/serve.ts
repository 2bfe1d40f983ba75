import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { requireEmbedded } from "../../parse/embedded-only.ts";

export const usage = {
  details:
    "Use it under systemd or in a separate terminal. Other commands start the server by themselves when it does not run.",
} as const satisfies CommandUsage;

/** Runs the embedded server until a signal asks it to stop. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const { database } = workspace;
  const server = requireEmbedded(database);
  const { engineNotice } = await import("../../../compose/engines/engine-notice.ts");
  const { graceful } = context.io.signals;
  const notice = engineNotice(workspace, graceful);
  context.io.note(`Serving ${database.shown}`);
  try {
    await server.serve(graceful, () => notice.ready(`serving ${database.shown}`));
  } finally {
    await notice.close();
  }
  return { notes: ["Stopped."] };
}
