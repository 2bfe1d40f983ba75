import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { chooseEngine, type Engine } from "../engine/choose-engine.ts";
import type { ClusterRequest } from "../server/server-options.ts";
import type { ServerUser } from "../server/server-user.ts";
import { dataFolderOf } from "../server/state-layout.ts";
import { isDataFree } from "./data-lock.ts";
import { initialise } from "./initialise.ts";
import { clearBlockingPidFile } from "./pid-file.ts";
import { serverSettings } from "./settings.ts";
import { makeSocketFolder, socketFile, socketFolder } from "./socket-folder.ts";
import { fileTrouble, makeStateFolder } from "./state-folder.ts";

/** A cluster that only has to be started. */
export interface PreparedCluster {
  readonly engine: Engine;
  readonly dataFolder: string;
  readonly socketFolder: string;
}

/** Folders, engine, data, settings and socket folder, each made when missing; then pid files that mean nothing are removed. */
export async function prepareCluster(request: ClusterRequest): Promise<PreparedCluster> {
  const { layout } = request;
  try {
    return await prepare(request);
  } catch (error) {
    throw fileTrouble(layout, error);
  }
}

async function prepare(request: ClusterRequest): Promise<PreparedCluster> {
  const { options, layout, user } = request;
  await makeStateFolder(layout, user);
  const engine = await chooseEngine(request);
  const dataFolder = dataFolderOf(layout, engine.major);
  if (!existsSync(dataFolder)) {
    request.onProgress("creating the database (once)");
    await initialise({ options, layout, engine, user, dataFolder });
  }
  await writeSettings(dataFolder, engine.major, user);
  const folder = socketFolder(layout, user.uid);
  makeSocketFolder(folder, user);
  // A server in another container is no process here, so its files look stale; its lock is seen everywhere.
  if (await isDataFree(layout, options.searchPath)) {
    clearBlockingPidFile(join(dataFolder, "postmaster.pid"), dataFolder, options.evidence);
    clearBlockingPidFile(`${socketFile(folder)}.lock`, dataFolder, options.evidence);
  }
  return { engine, dataFolder, socketFolder: folder };
}

// The folder is the server's user's: as root we write a file of our own making and rename it, and follow no link of theirs.
async function writeSettings(dataFolder: string, major: number, user: ServerUser): Promise<void> {
  const target = join(dataFolder, "launch.conf");
  const next = `${target}.${randomUUID()}`;
  const file = await open(next, "wx", 0o600);
  await file.writeFile(serverSettings(major));
  if (user.dropTo !== undefined) await file.chown(user.uid, user.gid);
  await file.close();
  await rename(next, target);
}
