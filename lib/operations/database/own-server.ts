import type { Run } from "../../domain/run.ts";
import { LaunchError, UsageError } from "../../errors.ts";
import type { DatabaseServer } from "../../ports/database-server.ts";
import { nameRuns } from "../runs/judge-run.ts";

/** The server that Slipway runs for itself; throws UsageError when the operator has a database of their own (`shown`). */
export function requireOwnServer(server: DatabaseServer | undefined, shown: string): DatabaseServer {
  if (server !== undefined) return server;
  throw new UsageError(
    "LAUNCH_USAGE",
    `The database in use is ${shown}, which is yours: Slipway neither serves nor stops it.`,
    {
      hint: "Unset LAUNCH_DATABASE_URL and DATABASE_URL, and database.url in launch.yaml, to use the embedded one.",
    },
  );
}

export interface StopWish {
  /** Runs that may be alive; asked only when the server runs, because asking would start it. */
  readonly liveRuns: () => Promise<readonly Run[]>;
  /** Stops it although runs live: they lose their leases at the next deadline unless it comes back. */
  readonly force: boolean;
}

/** Stops the server; throws LaunchError LAUNCH_IN_USE naming the runs that still need it. */
export async function stopDatabase(
  server: DatabaseServer,
  wish: StopWish,
): Promise<"stopped" | "was not running"> {
  const { kind } = await server.status();
  if (kind !== "running") return "was not running";
  if (!wish.force) refuseWhileUsed(await wish.liveRuns());
  return await server.stop();
}

function refuseWhileUsed(runs: readonly Run[]): void {
  if (runs.length === 0) return;
  const verb = runs.length === 1 ? "needs" : "need";
  throw new LaunchError("LAUNCH_IN_USE", `${nameRuns(runs)} ${verb} the database.`, {
    hint: "Stop them first (`launch ps` lists them), or repeat with --force: they will call it up again.",
  });
}
