import { findEnvFile } from "../sources/env-file.ts";
import { findConfigFile, stateFolder } from "../sources/locations.ts";
import type { ConfigFlags } from "../sources/sourced.ts";
import { currentSurroundings } from "../sources/surroundings.ts";

/** The state folder alone, for what must work with a launch.yaml that cannot be read: it does not say where that folder is. */
export function loadPlace(flags: ConfigFlags): { readonly stateFolder: string } {
  const surroundings = currentSurroundings();
  const file = findConfigFile(flags, surroundings);
  const envFile = findEnvFile(flags, surroundings, file?.path);
  return { stateFolder: stateFolder(flags, surroundings, envFile).path };
}
