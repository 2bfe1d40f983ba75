import type { Database } from "../../compose/database.ts";
import { UsageError } from "../../errors.ts";

/** The embedded server, or a UsageError that names the operator's own one. */
export function requireEmbedded(database: Database): NonNullable<Database["server"]> {
  if (database.server !== undefined) return database.server;
  throw new UsageError("LAUNCH_USAGE", `The database is your own server at ${database.shown}.`, {
    hint: "This command is for the embedded database: unset LAUNCH_DATABASE_URL to use that.",
  });
}
