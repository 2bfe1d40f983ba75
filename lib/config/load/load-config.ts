import { choicesWithoutFile, readConfigFile } from "../file/read-file.ts";
import type { LaunchConfig } from "../launch-config.ts";
import { databaseSettings } from "../sources/database.ts";
import { envFileWarnings, findEnvFile } from "../sources/env-file.ts";
import { findConfigFile, keySource, stateFolder } from "../sources/locations.ts";
import type { ConfigFlags } from "../sources/sourced.ts";
import { currentSurroundings, type Surroundings } from "../sources/surroundings.ts";
import { explainSettings } from "./explain.ts";

/**
 * Reads files, environment and flags into one frozen value; throws ConfigError with what is wrong and where. With `envText`
 * as it would be if that stood in the .env.
 */
export function loadConfig(
  flags: ConfigFlags = {},
  surroundings: Surroundings = currentSurroundings(),
  envText?: string,
): LaunchConfig {
  const found = findConfigFile(flags, surroundings);
  const file = found && readConfigFile(found.path);
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
    ...(file?.choices ?? choicesWithoutFile()),
    warnings: [...(envFile ? envFileWarnings(envFile) : []), ...database.warnings],
  } as const;
  const settings = explainSettings(parsed, file, {
    file: found?.source ?? "none found",
    envFile: flags.envFile === undefined ? "beside launch.yaml" : "--env-file",
    stateFolder: state.source,
    keys: keys.source,
    database: database.source,
    schema: database.schemaSource,
  });
  return deepFreeze({ ...parsed, settings });
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
