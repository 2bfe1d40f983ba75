import { statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import leven from "leven";
import { findProgram, isExecutable } from "../../host-files/executable.ts";
import { namesIn } from "../../host-files/read-if-there.ts";

export type FoundExecutable =
  | { readonly kind: "found"; readonly file: string }
  | { readonly kind: "missing"; readonly why: string; readonly nearest: readonly string[] };

/** Looks a command up as exec would in `cwd` with this PATH; tells what was searched when there is none. */
export function findExecutable(name: string, cwd: string, path: string | undefined): FoundExecutable {
  if (name === "") return { kind: "missing", why: "The command is empty.", nearest: [] };
  if (name.includes("/")) return checkFile(resolve(cwd, name), name);
  const folders = searchFolders(cwd, path);
  const file = findProgram(name, folders);
  if (file !== undefined) return { kind: "found", file };
  const why = `"${name}" was not found in PATH (${folders.join(":")}).`;
  return { kind: "missing", why, nearest: nearestNames(name, folders) };
}

// glibc searches these when the environment has no PATH; an empty entry means the working folder (exec(3)).
function searchFolders(cwd: string, path = "/bin:/usr/bin"): readonly string[] {
  return path.split(":").map((folder) => (isAbsolute(folder) ? folder : resolve(cwd, folder)));
}

function checkFile(file: string, name: string): FoundExecutable {
  if (isExecutable(file)) return { kind: "found", file };
  const which = name === file ? `"${name}"` : `"${name}" (${file})`;
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined;
  const why = isThere ? `${which} is not an executable file.` : `${which} does not exist.`;
  return { kind: "missing", why, nearest: [] };
}

function nearestNames(name: string, folders: readonly string[]): readonly string[] {
  const limit = Math.min(2, name.length - 1);
  const near = new Map<string, number>();
  for (const folder of new Set(folders)) {
    for (const other of namesIn(folder)) {
      const distance = leven(name, other, { maxDistance: limit + 1 });
      if (distance <= limit && isExecutable(join(folder, other))) near.set(other, distance);
    }
  }
  return [...near]
    .sort(([a, x], [b, y]) => x - y || a.localeCompare(b))
    .slice(0, 3)
    .map(([other]) => other);
}
