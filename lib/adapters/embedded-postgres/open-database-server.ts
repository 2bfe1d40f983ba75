import { existsSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../../errors.ts";
import type {
  DatabaseAddress,
  DatabaseServer,
  DatabaseServerStatus,
  RunningServer,
} from "../../ports/database-server.ts";
import { orNothing } from "../host-files/read-if-there.ts";
import { askServer, isKept, isKeptColumn } from "./ask-server.ts";
import { pidFileVerdict } from "./cluster/pid-file.ts";
import { socketFile } from "./cluster/socket-folder.ts";
import { findServer, stopServer } from "./cluster/stop-server.ts";
import { ensureServer, keep } from "./ensure-server.ts";
import { serveInForeground } from "./serve-in-foreground.ts";
import { serverNames } from "./server/server-names.ts";
import type { DatabaseServerOptions, OnProgress } from "./server/server-options.ts";
import { dataFolderOf, majorsWithData } from "./server/state-layout.ts";
import { type ServerContext, serverContext } from "./server-context.ts";

/**
 * The private PostgreSQL of a state folder: real binaries, one server for every process of this host, found by a unix
 * socket whose path follows from the folder, started by whoever needs it first and stopped by its keeper when idle.
 */
export function openDatabaseServer(options: DatabaseServerOptions): DatabaseServer {
  const context = serverContext(options);
  const asSuperuser = (address: DatabaseAddress) => ({ ...address, user: serverNames.superuser });
  const ensure = shareWork((onProgress: OnProgress) => ensureServer(context, onProgress));
  return {
    async ensure(onProgress = () => {}) {
      await ensure(onProgress);
      return context.address();
    },
    async ensureForMigration(onProgress = () => {}) {
      await ensure(onProgress);
      return asSuperuser(context.address());
    },
    running: () => seenRunning(context),
    address: () => context.address(),
    status: () => readStatus(context),
    stop: () => stop(context),
    serve: (signal, onReady) => serveInForeground(context, signal, onReady),
  };
}

// A pool that lost its server asks once for each connection: one start answers all of them.
function shareWork(
  work: (onProgress: OnProgress) => Promise<void>,
): (onProgress: OnProgress) => Promise<void> {
  let underWay: Promise<void> | undefined;
  return (onProgress) => {
    underWay ??= work(onProgress).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

// What is wrong with its folders is told by whoever makes sure of it.
function seenRunning(context: ServerContext): RunningServer | undefined {
  return orNothing(() => {
    const address = context.checkedAddress();
    if (!existsSync(socketFile(address.socketFolder))) return undefined;
    const hear = (answer: Readonly<Record<string, unknown>>): void => {
      if (!isKept(answer)) keep(context);
    };
    return { address, question: isKeptColumn, hear };
  });
}

async function stop(context: ServerContext): Promise<"stopped" | "was not running"> {
  const { layout, options } = context;
  const outcome = await stopServer(layout, options.evidence, options.clock);
  if (outcome === "stopped" || (await askServer(context.checkedAddress())).kind !== "ready") return outcome;
  throw new StoreError(
    "LAUNCH_STORE_UNREACHABLE",
    `The database in ${layout.db} answers, but its process is not visible from here.`,
    { hint: "Stop it where it was started: it runs in another container." },
  );
}

async function readStatus(context: ServerContext): Promise<DatabaseServerStatus> {
  const { options, layout } = context;
  const [newest] = majorsWithData(layout);
  if (newest === undefined) return { kind: "absent", dataFolder: undefined, pid: undefined };
  const server = findServer(layout, options.evidence);
  const dataFolder = server?.dataFolder ?? dataFolderOf(layout, newest);
  const known = { dataFolder, pid: server?.pid };
  if (server !== undefined) return { kind: "running", ...known };
  // Its process may live in another pid namespace and answer all the same.
  if ((await askServer(context.checkedAddress())).kind === "ready") return { kind: "running", ...known };
  const verdict = pidFileVerdict(join(dataFolder, "postmaster.pid"), dataFolder, options.evidence);
  return { kind: verdict === undefined ? "stopped" : "stale", ...known };
}
