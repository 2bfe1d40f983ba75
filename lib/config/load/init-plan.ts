import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { findEnvFile } from "../sources/env-file.ts";
import { findConfigFile, keySource, stateFolder } from "../sources/locations.ts";
import { type ConfigFlags, firstGiven, pathOf } from "../sources/sourced.ts";
import { currentSurroundings, type Surroundings } from "../sources/surroundings.ts";
import { quoted } from "./env-database.ts";

/** What `launch init` makes where it is missing; all paths absolute. */
export interface InitPlan {
  readonly stateFolder: string;
  /** Undefined when the keys come from a variable or from systemd. */
  readonly keyFile: string | undefined;
  readonly configFile: string;
  readonly envFile: string;
  /** What the .env lacks: what flags and variables decided now, so that the next command decides the same. */
  readonly envLines: readonly string[];
}

/** Looks at flags, environment and files as every command does, but needs none of them to exist. */
export function planInit(flags: ConfigFlags, surroundings: Surroundings = currentSurroundings()): InitPlan {
  const configFile = findConfigFile(flags, surroundings)?.path ?? join(surroundings.cwd, "launch.yaml");
  const envPath =
    flags.envFile === undefined
      ? join(dirname(configFile), ".env")
      : pathOf({ value: flags.envFile, source: "--env-file", folder: surroundings.cwd });
  const envFile = existsSync(envPath)
    ? findEnvFile({ envFile: envPath }, surroundings, undefined)
    : undefined;
  const state = stateFolder(flags, surroundings, envFile);
  const { keys } = keySource(flags, surroundings, envFile, state.path);
  const lineFor = (
    variable: "LAUNCH_STATE_DIR" | "LAUNCH_KEY_FILE",
    flag: string | undefined,
    path: string,
  ) => {
    const isDecidedNow = flag !== undefined || Boolean(surroundings.env[variable]);
    const written = firstGiven(undefined, variable, { ...surroundings, env: {} }, envFile);
    const isKnown = written !== undefined && pathOf(written) === path;
    return isDecidedNow && !isKnown ? [`${variable}=${quoted(path)}`] : [];
  };
  const keyFile = keys.kind === "file" ? keys.path : undefined;
  return {
    stateFolder: state.path,
    keyFile,
    configFile,
    envFile: envPath,
    envLines: [
      ...lineFor("LAUNCH_STATE_DIR", flags.stateDir, state.path),
      ...(keyFile === undefined ? [] : lineFor("LAUNCH_KEY_FILE", flags.keyFile, keyFile)),
    ],
  };
}
