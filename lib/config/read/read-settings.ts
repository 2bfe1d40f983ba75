import { withoutFile } from "../file/choices.ts";
import { type FileSettings, settingsOf } from "../file/settings.ts";
import { readConfigFile } from "./read-file.ts";

/** Reads a launch.yaml, or what holds without one; throws ConfigError with all issues at once. */
export function readSettings(path: string | undefined): FileSettings {
  return settingsOf(path === undefined ? withoutFile() : readConfigFile(path));
}
