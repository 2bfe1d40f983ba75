import { resolve } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { EnvironmentVariable } from "./environment-variables.ts";
import type { Surroundings } from "./surroundings.ts";

/** A value and where it comes from, as `launch config explain` prints it. */
export interface Sourced {
  readonly value: string;
  readonly source: string;
  /** Relative paths are meant from here. */
  readonly folder: string;
}

/** The flags that decide configuration, as given. */
export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly envFile?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** The variables of an env file that was found. */
export interface EnvFile {
  readonly path: string;
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Looks a setting up: first the flag, then the environment, then the .env; an empty variable counts as not set. */
export function firstGiven(
  flag: { readonly name: string; readonly value: string | undefined } | undefined,
  variable: EnvironmentVariable,
  surroundings: Surroundings,
  envFile: EnvFile | undefined,
): Sourced | undefined {
  if (flag?.value !== undefined) {
    if (flag.value === "") throw new ConfigError("LAUNCH_CONFIG_INVALID", `${flag.name} is empty.`);
    return { value: flag.value, source: flag.name, folder: surroundings.cwd };
  }
  const given = surroundings.env[variable];
  if (given) return { value: given, source: variable, folder: surroundings.cwd };
  const written = envFile?.variables[variable];
  if (envFile && written)
    return { value: written, source: `${variable} in ${envFile.path}`, folder: envFile.folder };
  return undefined;
}

/** A sourced value as an absolute path. */
export function pathOf(sourced: Sourced): string {
  return resolve(sourced.folder, sourced.value);
}
