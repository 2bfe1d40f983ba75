import type { Setting } from "../launch-config.ts";
import type { ConfigFile } from "./choices.ts";
import { explainFile } from "./explain-file.ts";

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

/** What a file decides, as values alone. */
export function settingsOf(file: ConfigFile): FileSettings {
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
