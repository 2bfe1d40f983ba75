import { readdirSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ListedSocket } from "./listed-sockets.ts";

/** The file of a listening socket. */
export interface SocketFile {
  /** With no link in it. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly inode: number;
}

/**
 * The files that listed sockets have. A program may bind a temporary name and rename it, as ssh does: then the file of the
 * same number in that folder is meant, or every socket there where the list has no numbers. A name that is not absolute
 * is looked for where the given processes work.
 */
export function socketFiles(
  listed: readonly ListedSocket[],
  workingFolders: () => readonly string[],
): readonly SocketFile[] {
  const files = new Map<string, SocketFile>();
  const add = (place: string, { uid, gid, mode, ino }: Stats): void => {
    // It may go while it is looked at.
    const path = orNothing(() => realpathSync(place));
    if (path !== undefined) files.set(path, { path, uid, gid, mode, inode: ino });
  };
  for (const { name, inode } of listed) {
    const places = name.startsWith("/") ? [name] : workingFolders().map((folder) => join(folder, name));
    for (const place of places) {
      const own = socketAt(place);
      if (own !== undefined) add(place, own);
      // Another program's may stand at the name by now.
      if (own !== undefined && (inode === undefined || isNumber(own, inode))) continue;
      for (const { path, stats } of socketsIn(dirname(place))) {
        if (inode === undefined || isNumber(stats, inode)) add(path, stats);
      }
    }
  }
  return [...files.values()];
}

/** Where the processes work, each folder once; those that may not be looked at are left out. */
export function workingFoldersOf(pids: readonly number[]): readonly string[] {
  return [...new Set(pids.flatMap((pid) => orNothing(() => readlinkSync(`/proc/${pid}/cwd`)) ?? []))];
}

function socketsIn(folder: string): readonly { readonly path: string; readonly stats: Stats }[] {
  const names = orNothing(() => readdirSync(folder)) ?? [];
  return names.flatMap((name) => {
    const path = join(folder, name);
    const stats = socketAt(path);
    return stats === undefined ? [] : [{ path, stats }];
  });
}

function socketAt(path: string): Stats | undefined {
  const stats = orNothing(() => statSync(path));
  return stats?.isSocket() ? stats : undefined;
}

// The kernel's list has the lower half of a number alone.
function isNumber({ ino }: Stats, inode: number): boolean {
  return ino % 2 ** 32 === inode;
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
