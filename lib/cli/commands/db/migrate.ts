import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Other commands do this by themselves, except in a database that holds tables of another program. There only this command creates the schema.",
} as const satisfies CommandUsage;

/** Applies what is missing. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { database } = await context.openWorkspace();
  const { applied, version } = await database.migrate();
  const what = applied.length === 0 ? "Nothing to do" : `Applied ${applied.join(", ")}`;
  return {
    data: { version: 1, applied, schema_version: version },
    notes: [`${what}: schema ${version} at ${database.shown}.`],
  };
}
