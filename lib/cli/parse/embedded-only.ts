import type { Database } from "../../compose/database/database.ts";
import { UsageError } from "../../errors.ts";

/** The embedded server, or a UsageError that names the operator's own one. */
export function requireEmbedded(database: Database): NonNullable<Database["server"]> {
  if (database.server !== undefined) return database.server;
  throw new UsageError(
    "LAUNCH_USAGE",
    `The database in use is ${database.shown}, which is your own: Slipway neither starts nor stops it.`,
    {
      hint: "To use the embedded one, unset LAUNCH_DATABASE_URL and DATABASE_URL, and database.url in launch.yaml.",
    },
  );
}
