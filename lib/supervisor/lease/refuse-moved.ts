import { hintAboutMove, whyNotHome } from "../../domain/database/database-move.ts";
import type { LauncherPlace } from "../../domain/run/run-settings.ts";
import { ConfigError } from "../../errors.ts";
import type { Store } from "../../ports/store/store.ts";

/**
 * Starts nothing on a database whose facts are elsewhere, unless the operator insists. Asked once the run's row is there: `db
 * move` says that it begins and then looks for runs, so that one of the two sees the other.
 */
export async function refuseMoved(store: Pick<Store, "moves">, place: LauncherPlace): Promise<void> {
  if (place.mayBeMoved) return;
  const move = await store.moves.read();
  const why = whyNotHome(move);
  if (move === undefined || why === undefined) return;
  throw new ConfigError("LAUNCH_DATABASE_MOVED", `Nothing starts on the database ${place.database}. ${why}`, {
    hint: `${hintAboutMove(move)} --force starts it anyway.`,
  });
}
