import type { FileSettings } from "../file/settings.ts";
import type { LaunchConfig, Setting } from "../launch-config.ts";
import { databaseSettings } from "../sources/database.ts";
import { envFileWarnings, findEnvFile } from "../sources/env-file.ts";
import { keySource, type Located, stateFolder } from "../sources/locations.ts";
import type { ConfigFlags } from "../sources/sourced.ts";
import type { Surroundings } from "../sources/surroundings.ts";

/** What decides beside launch.yaml. */
export interface Beside {
  /** The launch.yaml that was read. */
  readonly found: Located | undefined;
  readonly flags: ConfigFlags;
  readonly surroundings: Surroundings;
  /** In the place of what stands in the .env. */
  readonly envText?: string | undefined;
}

/** Puts what was read of launch.yaml together with .env, environment and flags, and freezes it; throws ConfigError. */
export function assembleConfig(
  file: FileSettings,
  { found, flags, surroundings, envText }: Beside,
): LaunchConfig {
  const envFile = findEnvFile(flags, surroundings, found?.path, envText);
  const state = stateFolder(flags, surroundings, envFile);
  const keys = keySource(flags, surroundings, envFile, state.path);
  const database = databaseSettings(surroundings, envFile, file);
  const parsed = {
    file: found?.path,
    envFile: envFile?.path,
    cwd: surroundings.cwd,
    stateFolder: state.path,
    database: database.database,
    shownDatabase:
      database.database.kind === "server" ? database.database.shown : `embedded in ${state.path}`,
    isUsualDatabase: database.database.kind === "embedded" && state.isUsual,
    keys: keys.keys,
    ...file.choices,
    warnings: [...(envFile ? envFileWarnings(envFile) : []), ...database.warnings],
  } as const;
  const explained = explain(parsed, {
    file: found?.source ?? "none found",
    envFile: flags.envFile === undefined ? "beside launch.yaml" : "--env-file",
    stateFolder: state.source,
    keys: keys.source,
    database: database.source,
    schema: database.schemaSource,
  });
  return deepFreeze({ ...parsed, settings: [...explained, ...file.explained] });
}

/** Where the values that no line of launch.yaml decides alone come from. */
interface Sources {
  readonly file: string;
  readonly envFile: string;
  readonly stateFolder: string;
  readonly keys: string;
  readonly database: string;
  readonly schema: string;
}

function explain(config: Omit<LaunchConfig, "settings">, sources: Sources): readonly Setting[] {
  const { envFile, database } = config;
  return [
    { name: "file", value: config.file ?? "none", source: sources.file },
    { name: "env_file", value: envFile ?? "none", source: envFile ? sources.envFile : "none found" },
    { name: "state folder", value: config.stateFolder, source: sources.stateFolder },
    { name: "keys", value: showKeys(config.keys), source: sources.keys },
    { name: "database", value: showDatabase(database), source: sources.database },
    { name: "database.schema", value: database.schema, source: sources.schema },
  ];
}

function showKeys(keys: LaunchConfig["keys"]): string {
  return keys.kind === "variable" ? "given in the environment" : keys.path;
}

function showDatabase(database: LaunchConfig["database"]): string {
  return database.kind === "embedded" ? "embedded" : database.shown;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
