import type { LaunchConfig } from "../../../config/launch-config.ts";
import type { ConfigFlags } from "../../../config/sources/sourced.ts";
import type { MoveId } from "../../../domain/database/database-move.ts";
import type { Secret } from "../../../domain/secret.ts";
import { LaunchError, UsageError } from "../../../errors.ts";
import { refuseWhileLive } from "../../../operations/refuse-while-live.ts";
import type { Workspace } from "../../workspace.ts";
import { type Database, openDatabase } from "../database.ts";
import { switchBack, switchTo } from "./env-switch.ts";
import { type Moved, type MoveSide, moveFacts } from "./move-facts.ts";

/** What a move came to. */
export interface MoveReport {
  readonly from: string;
  readonly to: string;
  /** The .env that was written; undefined when it named the right database already. */
  readonly envFile: string | undefined;
  readonly rows: Moved;
}

export interface MoveWishes {
  readonly flags: ConfigFlags;
  /** Asks for the URL of the other database. */
  readonly askUrl: () => Promise<Secret>;
  readonly say: (text: string) => void;
}

/** Moves all facts of the database in use to another one, and has the .env name that one. */
export async function moveDatabase(
  workspace: Workspace,
  { flags, askUrl, say }: MoveWishes,
): Promise<MoveReport> {
  const target = await switchTo(await askUrl(), workspace.config, flags);
  return await withSides(workspace, target.config, async (here, there) => {
    return await here.database.moveAlone(async () => {
      const rows = await moveFacts({ from: here, to: there, ...common(workspace, say) });
      await target.write();
      return { from: here.shown, to: there.shown, envFile: target.path, rows };
    });
  });
}

/** Comes back to the database from before a move, with everything that was changed since; `force` leaves that behind. */
export async function undoMove(
  workspace: Workspace,
  wishes: MoveWishes,
  force: boolean,
): Promise<MoveReport> {
  const { flags, say } = wishes;
  const back = await switchBack(workspace.config, flags);
  if (back === undefined || back.config.shownDatabase === workspace.config.shownDatabase)
    return await takeBack(workspace, wishes);
  return await withSides(workspace, back.config, async (here, before) => {
    const rows = force
      ? await leaveBehind(here, before, workspace.processes)
      : await here.database.moveAlone(() => moveFacts({ from: here, to: before, ...common(workspace, say) }));
    await back.write();
    return { from: here.shown, to: before.shown, envFile: back.path, rows };
  });
}

// The database in use says that its facts left, or are leaving, and the .env still names it: the move was not finished here.
async function takeBack(workspace: Workspace, wishes: MoveWishes): Promise<MoveReport> {
  const quiet = quietDatabase(workspace, workspace.config);
  try {
    return await quiet.moveAlone(() => takeBackFrom(quiet, workspace, wishes));
  } finally {
    await quiet.close();
  }
}

async function takeBackFrom(
  quiet: Database,
  workspace: Workspace,
  { flags, askUrl, say }: MoveWishes,
): Promise<MoveReport> {
  const store = await quiet.openStore();
  const move = await store.moves.read();
  const shown = workspace.config.shownDatabase;
  if (move?.stage === "leaving") {
    // Under its id the other database goes on knowing this one, so that the move can be made later.
    await store.moves.write({ ...move, stage: "arrived" });
    return { from: move.other, to: shown, envFile: undefined, rows: undefined };
  }
  if (move?.stage !== "left") throw nothingToUndo(shown);
  const other = await switchTo(await askUrl(), workspace.config, flags);
  return await withSides(workspace, other.config, async (here, there) => {
    const mark = await (await there.database.openStore()).moves.read();
    if (mark?.id !== move.id) throw notThatOne(there.shown, move.other);
    if (mark.stage === "arriving") await store.moves.write(undefined);
    const rows =
      mark.stage === "arriving"
        ? undefined
        : await moveFacts({ from: there, to: here, ...common(workspace, say) });
    return { from: there.shown, to: here.shown, envFile: undefined, rows };
  });
}

// The database that is left is told if it can be: nothing shall start on both.
async function leaveBehind(
  here: MoveSide,
  before: MoveSide,
  processes: Workspace["processes"],
): Promise<undefined> {
  const home = await before.database.openStore();
  const move = await home.moves.read();
  try {
    const store = await here.database.openStore();
    await refuseWhileLive(store, processes, "Nothing may run while the database is changed");
    if (move !== undefined) await store.moves.write({ id: move.id, stage: "left", other: before.shown });
  } catch (error) {
    if (!(error instanceof LaunchError) || error.code === "LAUNCH_IN_USE") throw error;
  }
  await home.moves.write(undefined);
}

async function withSides<T>(
  workspace: Workspace,
  other: LaunchConfig,
  work: (here: MoveSide, there: MoveSide) => Promise<T>,
): Promise<T> {
  const [here, there] = [quietDatabase(workspace, workspace.config), quietDatabase(workspace, other)];
  try {
    return await work(
      { database: here, shown: workspace.config.shownDatabase },
      { database: there, shown: other.shownDatabase },
    );
  } finally {
    await Promise.all([here.close(), there.close()]);
  }
}

// What the move does is told by the command; each database would warn of it besides.
function quietDatabase({ clock, processes }: Workspace, config: LaunchConfig): Database {
  return openDatabase({ config, journal: { say: () => {} }, clock, processes });
}

function common({ random, processes }: Workspace, say: (text: string) => void) {
  return { newId: random.uuid() as MoveId, processes, say };
}

function nothingToUndo(shown: string): LaunchError {
  return new UsageError("LAUNCH_USAGE", `This folder has no record of a move to ${shown}.`, {
    hint: "Run it in the folder in which `launch db move` was run.",
  });
}

function notThatOne(shown: string, other: string): LaunchError {
  return new UsageError(
    "LAUNCH_INVALID_VALUE",
    `${shown} holds no copy of this database; it was moved to ${other}.`,
    {
      hint: "Give the URL of that database.",
    },
  );
}
