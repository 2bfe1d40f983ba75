import { dirname, join } from "node:path/posix";
import type { ProjectFile } from "../project-files.ts";

/** Two folders whose files import one another, with one import of each direction. */
export interface FolderPair {
  readonly folders: string;
  readonly imports: readonly [string, string];
}

/** Every pair of folders that need one another: no reader can understand one without the other. What a file loads when used (`import()`) does not count. */
export function twoWayFolderPairs(files: readonly ProjectFile[]): readonly FolderPair[] {
  const imports = new Map<string, string>();
  for (const { path, text } of files) {
    for (const [, specifier = ""] of text.matchAll(/^(?:import|export|\}) .*?from "(\.[^"]+)";/gm)) {
      const target = join(dirname(path), specifier);
      const [from, to] = [dirname(path), dirname(target)];
      if (from !== to) imports.set(`${from} > ${to}`, `${path} imports ${target}`);
    }
  }
  return [...imports].flatMap(([key, there]) => {
    const [from = "", to = ""] = key.split(" > ");
    const back = imports.get(`${to} > ${from}`);
    return from < to && back !== undefined ? [{ folders: `${from} ⇄ ${to}`, imports: [there, back] }] : [];
  });
}
