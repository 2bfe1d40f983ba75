import { constants, type Dirent } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { namesIn } from "../server/state-layout.ts";
import { engineBinaries } from "./find-engines.ts";

/**
 * Copies the package's binaries to `target` and publishes them by rename, so that a reader finds all or nothing; of several
 * copiers one wins. They are not used in place because npm's tarballs carry no symbolic links (a postinstall that many
 * package managers block would restore them), because an update of node_modules would pull libraries from under a running
 * server, and because the server's own user may not be able to read the folder of the project.
 */
export async function copyEngine(packageFolder: string, target: string): Promise<void> {
  const next = `${target}.tmp-${process.pid}-${Date.now()}`;
  try {
    const native = join(packageFolder, "native");
    await copyFolder(native, next, (path) => !isUnneeded(relative(native, path)));
    await restoreLinks(native, next);
    for (const name of engineBinaries) await chmod(join(next, "bin", name), 0o755);
    await publish(next, target);
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

/** Moves a copy that does not run out of the way; another starter may have done so already. */
export async function setAside(target: string): Promise<void> {
  const aside = `${target}.broken-${process.pid}-${Date.now()}`;
  await rename(target, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rm(aside, { recursive: true, force: true });
}

/** Removes what starters that were killed in mid-work left in a folder more than ten minutes ago. */
export async function removeLeftovers(folder: string, nowMs: number): Promise<void> {
  for (const name of namesIn(folder).filter((entry) => /\.(tmp|broken)-\d+-/.test(entry))) {
    const path = join(folder, name);
    const changedMs = await stat(path).then(
      (facts) => facts.mtimeMs,
      () => nowMs,
    );
    if (nowMs - changedMs > 600_000) await rm(path, { recursive: true, force: true });
  }
}

// A thousand small files, copied beside one another: one after the other they take twice as long.
async function copyFolder(from: string, to: string, isNeeded: (path: string) => boolean): Promise<void> {
  const { mode } = await stat(from);
  await mkdir(to);
  const entries = await readdir(from, { withFileTypes: true });
  const copyEntry = (entry: Dirent): Promise<void> => {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) return copyFolder(source, copy, isNeeded);
    if (entry.isSymbolicLink()) return readlink(source).then((goal) => symlink(goal, copy));
    return copyFile(source, copy, constants.COPYFILE_FICLONE);
  };
  const needed = entries.filter(({ name }) => isNeeded(join(from, name)));
  // Whoever clears away after a failure must not meet a copy that still goes on.
  const copied = await Promise.allSettled(needed.map(copyEntry));
  for (const each of copied) if (each.status === "rejected") throw each.reason;
  await chmod(to, mode);
}

// Static libraries, headers, translations and the embedded-SQL compiler's libraries are of no use to a server.
function isUnneeded(path: string): boolean {
  return /(\.a$|(^|\/)pkgconfig(\/|$)|(^|\/)include(\/|$)|libecpg|libpgtypes|share\/locale(\/|$))/.test(path);
}

async function restoreLinks(native: string, copy: string): Promise<void> {
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const [from, link] = [source, target].map((path) => join(copy, path.replace(/^native\//, "")));
    if (from === undefined || link === undefined || isUnneeded(relative(copy, from))) continue;
    // The package's links never leave their folder; a list that says otherwise is not followed.
    if (dirname(from) !== dirname(link) || relative(copy, link).startsWith("..")) continue;
    await symlink(basename(from), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

/** Renames a finished folder into place; false when somebody else's is there already. */
export async function publish(next: string, target: string): Promise<boolean> {
  try {
    await rename(next, target);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  }
}
