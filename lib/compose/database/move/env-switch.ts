import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../../adapters/host-files/make-folder.ts";
import { replacePrivateFile } from "../../../adapters/host-files/private-file.ts";
import { movePasswordToFile } from "../../../adapters/postgres-link/pass-file.ts";
import { readServer } from "../../../adapters/postgres-link/read-server.ts";
import { databaseNameOf } from "../../../adapters/store/connections.ts";
import { decodeError } from "../../../adapters/store/store-errors.ts";
import type { LaunchConfig } from "../../../config/launch-config.ts";
import { databaseOfEnv, type EnvDatabase, envWithDatabase } from "../../../config/load/env-database.ts";
import { loadConfig } from "../../../config/load/load-config.ts";
import { readText } from "../../../config/read-text.ts";
import { parseUrl } from "../../../config/sources/database.ts";
import { envFilePath } from "../../../config/sources/env-file.ts";
import type { ConfigFlags } from "../../../config/sources/sourced.ts";
import { currentSurroundings } from "../../../config/sources/surroundings.ts";
import type { Secret } from "../../../domain/secret.ts";
import { ConfigError } from "../../../errors.ts";

/** A .env as it will be, and the configuration that it makes. */
export interface EnvSwitch {
  readonly path: string;
  readonly config: LaunchConfig;
  /** Writes it, after what it said of the database before was written beside it. */
  write(): Promise<void>;
}

/** Prepares the .env that names another database: its password goes into a file of mode 0600 in the state folder. */
export async function switchTo(given: Secret, config: LaunchConfig, flags: ConfigFlags): Promise<EnvSwitch> {
  const url = parseUrl(given.reveal().trim(), "What was given").href;
  const path = requireEnvPath(config, flags);
  const text = textOf(path);
  const passFile = join(config.stateFolder, "pgpass");
  // A wrong password must not take the place of a right one in the file.
  const connection = { connectionString: url };
  await readServer(connection).catch((error: unknown) => {
    throw decodeError(error, databaseNameOf(connection));
  });
  makeFolder(config.stateFolder, 0o700);
  const bare = await movePasswordToFile(url, passFile);
  const wanted: EnvDatabase = {
    url: bare.url,
    passFile: bare.isWritten ? passFile : undefined,
    migrateUrl: undefined,
  };
  const next = envWithDatabase(text, wanted);
  const nextConfig = loadConfig(flags, currentSurroundings(), next);
  refuseStronger(nextConfig, wanted);
  return {
    path,
    config: nextConfig,
    async write() {
      const before = databaseOfEnv(text);
      if (text === next) return;
      // A password that stood in the old .env goes to the file as well.
      const kept = before.url === undefined ? undefined : await movePasswordToFile(before.url, passFile);
      const known = kept?.isWritten
        ? { ...before, url: kept.url, passFile: before.passFile ?? passFile }
        : before;
      await replacePrivateFile(beforePath(path), envWithDatabase(beforeHead, known));
      await replacePrivateFile(path, next);
    },
  };
}

/** Prepares the .env that names the database from before the move again; undefined when nothing is known of it. */
export async function switchBack(config: LaunchConfig, flags: ConfigFlags): Promise<EnvSwitch | undefined> {
  const path = requireEnvPath(config, flags);
  if (!existsSync(beforePath(path))) return undefined;
  const before = databaseOfEnv(textOf(beforePath(path)));
  const next = envWithDatabase(textOf(path), before);
  return {
    path,
    config: loadConfig(flags, currentSurroundings(), next),
    async write() {
      await replacePrivateFile(path, next);
      await rm(beforePath(path), { force: true });
    },
  };
}

const beforeHead =
  "# What .env said of the database before `launch db move`; `launch db move --undo` puts it back.\n";
const beforePath = (path: string) => `${path}.before-move`;

function requireEnvPath({ file }: LaunchConfig, flags: ConfigFlags): string {
  const path = envFilePath(flags, currentSurroundings(), file);
  if (path !== undefined) return path;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", "There is no launch.yaml here, so no .env would be read.", {
    hint: "Run `launch init` in the folder from which you start bots, or give a file with --env-file.",
  });
}

// A variable of the shell wins over the .env, and a role that migrates would go on migrating the old database.
function refuseStronger({ database, settings }: LaunchConfig, wanted: EnvDatabase): void {
  const isNamed = database.kind === "server" && database.url.reveal() === new URL(wanted.url ?? "").href;
  if (isNamed && database.migrateUrl === undefined && database.passFile === wanted.passFile) return;
  const source = settings.find(({ name }) => name === "database")?.source ?? "something";
  const what = isNamed
    ? "LAUNCH_DATABASE_MIGRATE_URL, LAUNCH_DATABASE_PASSFILE or database.migrate_url is given for the old database"
    : `${source} names the database`;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", `${what} and would override the new .env.`, {
    hint: "First remove it from the environment and from launch.yaml; `launch config explain database` shows it.",
  });
}

function textOf(path: string): string {
  return existsSync(path) ? readText(path) : "";
}
