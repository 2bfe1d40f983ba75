import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Never shows a password. Only the owner of the state folder can connect to the embedded database, through its socket. This command does not start it.",
  examples: ['psql "$(launch db url)"'],
} as const satisfies CommandUsage;

/** Gives back where the database is. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { database } = await context.openWorkspace();
  const kind = database.server === undefined ? "server" : "embedded";
  const status = await database.server?.status();
  return {
    data: { version: 1, kind, url: database.shown, schema: database.schema, status: status?.kind ?? null },
    text: () => database.shown,
  };
}
