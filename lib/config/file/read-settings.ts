import type { Setting } from "../launch-config.ts";
import { explainFile } from "./explain-file.ts";
import { type ConfigFile, readConfigFile, withoutFile } from "./read-file.ts";

/** A value of launch.yaml and where it stands there. */
interface Written {
  readonly value: string;
  readonly place: string;
}

/** What a launch.yaml decides, checked: values alone, which one process can send to another. */
export interface FileSettings {
  readonly path: string;
  readonly database: Readonly<Record<DatabaseKey, Written | undefined>>;
  readonly choices: ConfigFile["choices"];
  /** Each of the choices as people are shown it. */
  readonly explained: readonly Setting[];
}

type DatabaseKey = "url" | "migrate_url" | "schema";

/** Reads a launch.yaml, or what holds without one; throws ConfigError with all issues at once. */
export function readSettings(path: string | undefined): FileSettings {
  const file = path === undefined ? withoutFile() : readConfigFile(path);
  const { yaml, database, choices } = file;
  const written = (key: DatabaseKey): Written | undefined => {
    const value = database[key];
    return value === undefined ? undefined : { value, place: yaml.locate(["database", key]) };
  };
  return {
    path: yaml.path,
    database: { url: written("url"), migrate_url: written("migrate_url"), schema: written("schema") },
    choices,
    explained: explainFile(file),
  };
}
