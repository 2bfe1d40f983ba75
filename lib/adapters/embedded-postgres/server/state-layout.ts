import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { hostLimit } from "../../../domain/host-limit.ts";

/** Where the embedded database keeps what in the state folder. */
export interface StateLayout {
  readonly state: string;
  /** One sub-folder for each version of copied binaries. */
  readonly engines: string;
  /** Everything of the cluster: data, socket, log, locks. */
  readonly db: string;
  readonly log: string;
  /** Locked by the server and all its back ends for as long as one of them lives. */
  readonly dataLock: string;
  readonly startLock: string;
}

/** The layout below a state folder; touches nothing. */
export function stateLayout(stateFolder: string): StateLayout {
  const state = resolve(stateFolder);
  const db = join(state, "db");
  return {
    state,
    engines: join(state, "engine"),
    db,
    log: join(db, "postgres.log"),
    dataLock: join(db, "data.flock"),
    startLock: join(db, "start.lock"),
  };
}

/** The data folder of one major version: a newer engine never opens an older cluster. */
export function dataFolderOf(layout: StateLayout, major: number): string {
  return join(layout.db, `pg${major}`);
}

/** The major versions that have data, newest first. */
export function majorsWithData(layout: StateLayout): readonly number[] {
  return namesIn(layout.db)
    .map((name) => /^pg(\d+)$/.exec(name)?.[1])
    .filter((major) => major !== undefined)
    .map(Number)
    .sort((a, b) => b - a);
}

/** The names in a folder; none when it does not exist or may not be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hostLimit(error) !== undefined) throw error;
    return [];
  }
}
