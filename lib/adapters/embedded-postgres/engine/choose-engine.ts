import { join } from "node:path";
import { ConfigError } from "../../../errors.ts";
import { makeFolder } from "../../host-files/make-folder.ts";
import type { ClusterRequest, DatabaseServerOptions } from "../server/server-options.ts";
import { majorsWithData, type StateLayout } from "../server/state-layout.ts";
import { copyEngine, removeLeftovers, setAside } from "./copy-engine.ts";
import { describeEngine, type EngineSource, findEngines, hasBinaries } from "./find-engines.ts";
import { runCommand } from "./run-command.ts";

/** Binaries that answered to `postgres --version` as the server's user. */
export interface Engine {
  readonly binFolder: string;
  readonly major: number;
  readonly description: string;
}

// initdb's builtin locale and pg_stat_database.sessions are newer than 13, which nobody maintains any more.
const oldestMajor = 14;

/**
 * The first engine that runs and fits the data that is there. Throws ConfigError LAUNCH_ENGINE_MISSING when none runs, and
 * LAUNCH_STATE_UNUSABLE when engines run but none has the major version of the data.
 */
export async function chooseEngine(need: ClusterRequest): Promise<Engine> {
  const majors = majorsWithData(need.layout);
  const tried: string[] = [];
  const misfits: Engine[] = [];
  for (const source of findEngines(need.options, need.layout)) {
    const engine = await makeRunnable(source, need);
    if (typeof engine === "string") tried.push(`${describeEngine(source)}: ${engine}`);
    else if (majors.length === 0 || majors.includes(engine.major)) return engine;
    else misfits.push(engine);
  }
  throw misfits.length > 0 ? mismatch(need.layout, majors, misfits) : missing(need.options, tried);
}

async function makeRunnable(source: EngineSource, need: ClusterRequest): Promise<Engine | string> {
  if (source.kind === "system") return tryEngine(source.binFolder, describeEngine(source), need);
  const folder = join(need.layout.engines, source.version);
  const tryCopy = () => tryEngine(join(folder, "bin"), describeEngine(source), need);
  if (source.kind === "copy") return tryCopy();
  if (hasBinaries(join(folder, "bin"))) {
    const engine = await tryCopy();
    if (typeof engine !== "string") return engine;
  }
  // Absent, or damaged (a power cut, a cleaner): made anew from the package, once.
  need.onProgress("preparing the database engine (once)");
  makeFolder(need.layout.engines, 0o755);
  await setAside(folder);
  await removeLeftovers(need.layout.engines, need.options.clock.now());
  await copyEngine(source.folder, folder);
  return tryCopy();
}

async function tryEngine(
  binFolder: string,
  description: string,
  need: ClusterRequest,
): Promise<Engine | string> {
  const { code, output } = await runCommand({
    file: join(binFolder, "postgres"),
    args: ["--version"],
    user: need.user.dropTo,
    searchPath: need.options.searchPath,
    timeoutMs: 15_000,
  });
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1]);
  if (code !== 0 || !Number.isInteger(major)) return output.split("\n").at(-1) || "does not run";
  if (major < oldestMajor) return `PostgreSQL ${major} is too old, ${oldestMajor} or newer is needed`;
  return { binFolder, major, description };
}

function missing(options: DatabaseServerOptions, tried: readonly string[]): ConfigError {
  const platform = `${process.platform}-${process.arch}`;
  const what =
    tried.length > 0
      ? `No PostgreSQL engine runs here: ${tried.join("; ")}.`
      : `No PostgreSQL engine was found for ${platform} (looked for: ${options.engine}).`;
  return new ConfigError("LAUNCH_ENGINE_MISSING", what, {
    hint: "Set LAUNCH_DATABASE_URL to your own PostgreSQL, or install one here (`apt install postgresql`, or npm without --omit=optional).",
  });
}

function mismatch(layout: StateLayout, majors: readonly number[], engines: readonly Engine[]): ConfigError {
  const have = engines.map((engine) => `${engine.description} (${engine.major})`).join(", ");
  return new ConfigError(
    "LAUNCH_STATE_UNUSABLE",
    `${layout.db} holds data of PostgreSQL ${majors.join(" and ")}, but the engines here are ${have}; nothing was touched.`,
    {
      hint: `Install PostgreSQL ${majors[0]}, run \`launch db export FILE\` with it, move ${layout.db} away and run \`launch db import FILE\`.`,
    },
  );
}
