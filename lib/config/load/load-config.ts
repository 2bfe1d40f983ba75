import { logDefaults } from "../../domain/logs/log-limits.ts";
import { switchDefaults } from "../../domain/reputation/switch-rules.ts";
import { type FileSettings, readConfigFile } from "../file/read-file.ts";
import { emptyEntry } from "../file/read-unit.ts";
import type { LaunchConfig } from "../launch-config.ts";
import { databaseSettings } from "../sources/database.ts";
import { envFileWarnings, findEnvFile } from "../sources/env-file.ts";
import { findConfigFile, keySource, stateFolder } from "../sources/locations.ts";
import type { ConfigFlags } from "../sources/sourced.ts";
import { currentSurroundings, type Surroundings } from "../sources/surroundings.ts";
import { explainSettings } from "./explain.ts";

// Three operators, so that one may be down and two still agree.
const defaultWitnesses = [
  "https://api.ipify.org?format=json",
  "https://icanhazip.com",
  "https://ipinfo.io/json",
] as const;

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
    network: {
      witnesses: file?.witnesses ?? defaultWitnesses,
      publicRanges: file?.publicRanges ?? [],
      isDirectAllowed: file?.isDirectAllowed ?? true,
      hasProbes: file?.hasProbes ?? true,
      hostKey: file?.hostKey,
    },
    history: { keepDays: file?.historyDays ?? 90 },
    evidence: { keepDays: file?.evidenceDays ?? 30 },
    switching: file?.switching ?? { rules: switchDefaults, quietHours: undefined },
    logs: file?.logs ?? logDefaults,
    selection: { order: file?.order ?? "continuity" },
    notify: file?.notify,
    metrics: file?.metrics,
    venues: file?.venues ?? [],
    outputRules: file?.outputRules ?? [],
    ...unitsOf(file),
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

function unitsOf(file: FileSettings | undefined) {
  return {
    defaults: file?.defaults ?? emptyEntry,
    bots: file?.bots ?? {},
    collectors: file?.collectors ?? {},
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
