import { link, mkdir, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError } from "../../errors.ts";
import { makeFolder } from "./make-folder.ts";
import { draftOf, syncFolder, writePrivateFile } from "./private-file.ts";

export type Made = "made" | "kept";

/** Makes a folder that only its owner may enter; one that exists is kept as it is. */
export async function makePrivateFolder(path: string): Promise<Made> {
  try {
    makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 });
    return "made";
  } catch (cause) {
    if (codeOf(cause) === "EEXIST" && (await stat(path)).isDirectory()) return "kept";
    throw unusable(path, cause);
  }
}

/** Writes a file of mode 0600 whole or not at all; one that exists is kept as it is. */
export async function writeNewFile(path: string, text: string): Promise<Made> {
  const draft = draftOf(path);
  try {
    makeFolder(dirname(path));
    await writePrivateFile(draft, text);
    // link() and not rename(): it never replaces what is there.
    await link(draft, path);
    await syncFolder(dirname(path));
    return "made";
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return "kept";
    throw unusable(path, cause);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

function unusable(path: string, cause: unknown): ConfigError {
  return new ConfigError("LAUNCH_STATE_UNUSABLE", `${path} cannot be created (${codeOf(cause)}).`, {
    cause,
    hint: `Check with \`ls -ld ${dirname(path)}\`, or choose another place with --state-dir.`,
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
