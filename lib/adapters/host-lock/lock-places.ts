import { lstatSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../host-files/make-folder.ts";

/** Whose locks are looked for. */
export interface LockUser {
  readonly uid: number;
  /** Where the system keeps what is gone after a boot: "/run". */
  readonly runFolder: string;
  /** $XDG_RUNTIME_DIR, when it is set. */
  readonly runtimeFolder: string | undefined;
  /** The home of the passwd entry, not $HOME, which a shell may change. */
  readonly home: string | undefined;
  readonly stateFolder: string;
}

/** A folder for locks. Without `mayMakeParents` the folder above has to be there already and to be this user's. */
export interface LockPlace {
  readonly folder: string;
  readonly mayMakeParents: boolean;
}

/**
 * The folders in which a launcher holds its locks: in each that can be used. One would do if it were the same for every
 * launcher of the user, and none is: a session has $XDG_RUNTIME_DIR and cron has not, logind removes it with the last
 * log-out, a service may see no home. Two launchers share at least one of them.
 */
export function lockPlaces(user: LockUser): readonly LockPlace[] {
  const { uid, runFolder, runtimeFolder, home, stateFolder } = user;
  const runtime = uid === 0 ? join(runFolder, "launch") : join(runFolder, "user", String(uid), "launch");
  const made = (folder: string) => ({ folder, mayMakeParents: true });
  const found = (folder: string) => ({ folder, mayMakeParents: false });
  const places = [
    ...(runtimeFolder?.startsWith("/") ? [found(join(runtimeFolder, "launch"))] : []),
    found(runtime),
    ...(uid === 0 || home === undefined ? [] : [made(join(home, ".local", "state", "launch", "locks"))]),
    made(join(stateFolder, "locks")),
  ];
  return places.filter(({ folder }, at) => places.findIndex((place) => place.folder === folder) === at);
}

/** Makes a place; gives back why it may not be used: another user could change what lies in it. Throws where it cannot be made. */
export function makeLockPlace({ folder, mayMakeParents }: LockPlace, uid: number): string | undefined {
  const above = dirname(folder);
  if (mayMakeParents) {
    makeFolder(dirname(above));
    makeFolder(above, 0o700);
  } else if (statSync(above).uid !== uid) return `${above} is another user's`;
  makeFolder(folder, 0o700);
  const facts = lstatSync(folder);
  if (!facts.isDirectory()) return "no folder";
  // Root's launcher may work on the state folder of another user.
  if (uid !== 0 && facts.uid !== uid) return `belongs to uid ${facts.uid}`;
  return (facts.mode & 0o022) === 0 ? undefined : "other users may write to it";
}
