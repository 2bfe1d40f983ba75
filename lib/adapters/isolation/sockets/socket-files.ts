import { readdirSync, readlinkSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { orNothing, realPathOf, textIn } from "../../host-files/read-if-there.ts";
import type { ListedSocket } from "./listed-sockets.ts";
import { otherPlaces } from "./other-places.ts";

/** The file of a listening socket. */
export interface SocketFile {
  /** With no link in it. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /**
   * Which socket it is, in one text for all bots that compare it: a socket that was removed and made anew at its place is another one, since
   * what covered it went with the first. When it was made is in it where the file system tells, because the number of a file that is gone is given out again at once.
   */
  readonly identity: string;
}

/**
 * The files that listed sockets have, each at every place where it is seen. A program may bind a temporary name and rename it, as ssh does: then the file of the
 * same number in that folder is meant, or every socket there where the list has no numbers. A name that is not absolute
 * is looked for where the given processes work.
 */
export function socketFiles(
  listed: readonly ListedSocket[],
  workingFolders: () => readonly string[],
): readonly SocketFile[] {
  const files = new Map<string, SocketFile>();
  const seenElsewhere = otherPlaces(textIn("/proc/self/mountinfo") ?? "");
  const added = new Set<Stats>();
  const add = (place: string, stats: Stats): void => {
    if (added.has(stats)) return;
    added.add(stats);
    // It may go while it is looked at.
    const path = realPathOf(place);
    if (path === undefined) return;
    const elsewhere = seenElsewhere(path).filter((other) => isSame(socketAt(other), stats));
    for (const each of [path, ...elsewhere]) files.set(each, fileOf(each, stats));
  };
  // Many sockets of one program were renamed, or are gone, in one folder.
  const folders = new Map<string, readonly FoundSocket[]>();
  const around = (folder: string): readonly FoundSocket[] => {
    const found = folders.get(folder) ?? socketsIn(folder);
    folders.set(folder, found);
    return found;
  };
  let workplaces: readonly string[] | undefined;
  const atWork = (name: string): readonly string[] => {
    workplaces ??= workingFolders();
    return workplaces.map((folder) => join(folder, name));
  };
  for (const { name, inode } of listed) {
    const places = name.startsWith("/") ? [name] : atWork(name);
    for (const place of places) {
      const own = socketAt(place);
      if (own !== undefined) add(place, own);
      const isMeant = own !== undefined && (inode === undefined || isNumber(own, inode));
      if (isMeant && own.nlink === 1) continue;
      // Another program's stands at the name by now, or the socket has a second one.
      const isOther = (stats: Stats): boolean =>
        isMeant ? isSame(stats, own) : inode === undefined || isNumber(stats, inode);
      for (const { path, stats } of around(dirname(place))) if (isOther(stats)) add(path, stats);
    }
  }
  return [...files.values()];
}

function fileOf(path: string, { uid, gid, mode, ino, birthtimeMs, ctimeMs }: Stats): SocketFile {
  return { path, uid, gid, mode, identity: `${ino} ${birthtimeMs || ctimeMs} ${path}` };
}

/** Where the processes work, or were started: a daemon leaves that folder. Each once; those that may not be looked at are left out. */
export function workingFoldersOf(pids: readonly number[]): readonly string[] {
  const folders = pids.flatMap((pid) => [
    ...(orNothing(() => [readlinkSync(`/proc/${pid}/cwd`)]) ?? []),
    ...startedIn(textIn(`/proc/${pid}/environ`) ?? ""),
  ]);
  return [...new Set(folders)];
}

function startedIn(environment: string): readonly string[] {
  const folder = /(?:^|\0)PWD=(\/[^\0]*)/.exec(environment)?.[1];
  return folder === undefined ? [] : [folder];
}

interface FoundSocket {
  readonly path: string;
  readonly stats: Stats;
}

function socketsIn(folder: string): readonly FoundSocket[] {
  const entries = orNothing(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  // A link may lead to a socket.
  const candidates = entries.filter((entry) => !entry.isFile() && !entry.isDirectory());
  return candidates.flatMap(({ name }) => {
    const path = join(folder, name);
    const stats = socketAt(path);
    return stats === undefined ? [] : [{ path, stats }];
  });
}

function socketAt(path: string): Stats | undefined {
  const stats = orNothing(() => statSync(path, { throwIfNoEntry: false }));
  return stats?.isSocket() ? stats : undefined;
}

function isSame(one: Stats | undefined, other: Stats): boolean {
  return one?.ino === other.ino && one.dev === other.dev;
}

// The kernel's list has the lower half of a number alone.
function isNumber({ ino }: Stats, inode: number): boolean {
  return ino % 2 ** 32 === inode;
}
