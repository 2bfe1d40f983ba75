import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether it is a file that this process may run. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The folders of a search path; an empty entry names none. */
export function foldersOn(searchPath: string | undefined): readonly string[] {
  return (searchPath ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** The first program of this name in the folders, by its full path. */
export function findProgram(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}
