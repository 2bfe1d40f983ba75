import { refuseWhileLive } from "../../../operations/refuse-while-live.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { requireEmbedded } from "../../parse/embedded-only.ts";

export const usage = {
  details: "Refused while a bot or collector runs. The next command that needs the server starts it again.",
} as const satisfies CommandUsage;

/** Stops the embedded server. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const server = requireEmbedded(workspace.database);
  const { kind } = await server.status();
  if (kind === "running") {
    await refuseWhileLive(await workspace.openStore(), workspace.processes, "The database is in use");
    await workspace.database.close();
  }
  const result = await server.stop();
  return { data: { version: 1, result }, notes: [`The embedded database ${result}.`] };
}
