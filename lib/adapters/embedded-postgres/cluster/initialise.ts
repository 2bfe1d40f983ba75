import { appendFile, chown, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, LaunchError } from "../../../errors.ts";
import type { Engine } from "../engine/choose-engine.ts";
import { publish, removeLeftovers } from "../engine/copy-engine.ts";
import { type CommandResult, runCommand } from "../engine/run-command.ts";
import { serverNames } from "../server/server-names.ts";
import type { DatabaseServerOptions } from "../server/server-options.ts";
import { nobody, type ServerUser } from "../server/server-user.ts";
import type { StateLayout } from "../server/state-layout.ts";
import { initArguments } from "./settings.ts";

export interface InitialiseRequest {
  readonly options: DatabaseServerOptions;
  readonly layout: StateLayout;
  readonly engine: Engine;
  readonly user: ServerUser;
  readonly dataFolder: string;
}

type Ids = { readonly uid: number; readonly gid: number };

/**
 * Makes a cluster with its roles and database in a folder beside, then publishes it by rename: whatever is killed on the
 * way, `dataFolder` is absent or complete, and of several starters one wins.
 */
export async function initialise(request: InitialiseRequest): Promise<void> {
  const { options, layout, user, dataFolder } = request;
  await removeLeftovers(layout.db, options.clock.now());
  const next = `${dataFolder}.tmp-${process.pid}-${Date.now()}`;
  // initdb refuses a uid without account; then `nobody`, in the server's group, builds in
  // a folder of its own, which is handed over after.
  const builder = user.dropTo === undefined || user.isNamed ? user.dropTo : { ...nobody(), gid: user.gid };
  try {
    await mkdir(next, { mode: 0o700 });
    if (builder !== undefined) await chown(next, builder.uid, builder.gid);
    await build(request, next, builder);
    if (user.dropTo !== undefined && builder?.uid !== user.uid) await handOver(next, user.dropTo);
    await syncFolder(next, options.searchPath);
    await publish(next, dataFolder);
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

/** A host whose disk is slow or whose processors are busy takes far longer than the usual second. */
const buildWithinMs = 180_000;

async function build(request: InitialiseRequest, folder: string, builder: Ids | undefined): Promise<void> {
  const { engine, options } = request;
  const common = { user: builder, searchPath: options.searchPath, timeoutMs: buildWithinMs };
  const init = await runCommand({
    ...common,
    file: join(engine.binFolder, "initdb"),
    args: ["-D", folder, ...initArguments(engine.major, serverNames.superuser)],
  });
  if (init.code !== 0) throw initFailure("initdb", init, request);
  await appendFile(join(folder, "postgresql.conf"), "\ninclude_if_exists = 'launch.conf'\n");
  // The socket lies in a 0700 folder and there is no other way in.
  await writeFile(join(folder, "pg_hba.conf"), "local all all trust\n");
  const roles = await runCommand({
    ...common,
    file: join(engine.binFolder, "postgres"),
    args: ["--single", "-F", "-D", folder, "postgres"],
    input: `${firstStatements().join("\n")}\n`,
  });
  if (roles.code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(roles.output)) {
    throw initFailure("creating the roles", roles, request);
  }
}

// A stand-alone back end reads one statement a line. The database belongs to the superuser, so that the launcher's role
// can neither drop it nor, like anybody below a superuser, read files or start programs through COPY.
function firstStatements(): readonly string[] {
  const { launcher, keeper, database } = serverNames;
  return [
    `CREATE ROLE ${launcher} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE`,
    `CREATE ROLE ${keeper} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE IN ROLE pg_read_all_stats`,
    `CREATE DATABASE ${database}`,
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${launcher}`,
    `GRANT CONNECT ON DATABASE ${database} TO ${keeper}`,
  ];
}

async function handOver(folder: string, to: Ids): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) {
    await chown(join(folder, entry), to.uid, to.gid);
  }
  await chown(folder, to.uid, to.gid);
}

// Best effort where sync(1) knows no -f: the kernel writes it out within seconds anyway.
async function syncFolder(folder: string, searchPath: string | undefined): Promise<void> {
  await runCommand({ file: "sync", args: ["-f", folder], searchPath, timeoutMs: 60_000 });
}

const initHint =
  "Read the last lines above: they name the cause, such as a full disk, a missing library or a forbidden folder.";
// Containers that run under a uid of their platform's choice.
const noAccountHint =
  "PostgreSQL needs a user with this uid: add a line for it to /etc/passwd, or set LAUNCH_DATABASE_URL.";

function initFailure(step: string, result: CommandResult, request: InitialiseRequest): LaunchError {
  if (result.wasTooSlow)
    return new LaunchError(
      "LAUNCH_HOST_LIMIT",
      `This host is too busy or its disk too slow: the database was not created in ${request.layout.db} within ${buildWithinMs / 1_000} s (${step}).`,
      { hint: "See what keeps it busy with `top`, then run the command again: it begins anew." },
    );
  const lines = result.output.split("\n").filter((line) => line.trim() !== "");
  return new ConfigError(
    "LAUNCH_STATE_UNUSABLE",
    `The database could not be created in ${request.layout.db} (${step}, ${request.engine.description}):\n${lines.slice(-8).join("\n")}`,
    { hint: lines.some((line) => line.includes("look up effective user")) ? noAccountHint : initHint },
  );
}
