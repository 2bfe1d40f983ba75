import type { LaunchConfig } from "../launch-config.ts";
import { readSettings } from "../read/read-settings.ts";
import { findConfigFile } from "../sources/locations.ts";
import type { ConfigFlags } from "../sources/sourced.ts";
import { currentSurroundings, type Surroundings } from "../sources/surroundings.ts";
import { assembleConfig } from "./assemble-config.ts";

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
  return assembleConfig(readSettings(found?.path), { found, flags, surroundings, envText });
}
