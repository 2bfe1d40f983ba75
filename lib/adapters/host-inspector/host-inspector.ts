import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { HostInspector, PathFacts } from "../../ports/host/host-inspector.ts";
import { findProgram, foldersOn } from "../host-files/executable.ts";

/** Looks at the real machine; `searchPath` is the operator's PATH, `uid` whom we run as (undefined where there are no uids). */
export function hostInspector(options: {
  readonly searchPath: string;
  readonly uid: number | undefined;
}): HostInspector {
  return {
    look: async (path) => await look(path, options.uid),
    tryWriting,
    findCommand: async (name) => findProgram(name, foldersOn(options.searchPath)),
  };
}

async function look(path: string, uid: number | undefined): Promise<PathFacts> {
  try {
    const found = await stat(path);
    const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
    return { kind, mode: found.mode & 0o777, isOurs: uid === undefined || uid === 0 || found.uid === uid };
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" || code === "ENOTDIR" ? { kind: "absent" } : { kind: "hidden", why: code };
  }
}

// A full disk shows only when bytes are forced out, not when the file is made.
async function tryWriting(folder: string): Promise<string | undefined> {
  let trial: string | undefined;
  try {
    trial = await mkdtemp(join(folder, ".doctor-"));
    const file = await open(join(trial, "trial"), "w", 0o600);
    try {
      await file.write(Buffer.alloc(8_192));
      await file.sync();
    } finally {
      await file.close();
    }
    return undefined;
  } catch (error) {
    return codeOf(error);
  } finally {
    if (trial !== undefined) await rm(trial, { recursive: true, force: true });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
