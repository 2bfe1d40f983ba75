import { createHash } from "node:crypto";
import { chmodSync, lchownSync, lstatSync, mkdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../../errors.ts";
import { longestPathBytes } from "../../host-files/short-path.ts";
import { serverNames } from "../server/server-names.ts";
import type { ServerUser } from "../server/server-user.ts";
import type { StateLayout } from "../server/state-layout.ts";

/**
 * The folder of the server's socket: in the state folder, or, where that path is too long for a socket, a folder in /tmp
 * named after it. Never XDG_RUNTIME_DIR, which logind removes at log-out, nor TMPDIR, which differs between processes.
 */
export function socketFolder(layout: StateLayout, uid: number): string {
  const near = join(layout.db, "run");
  if (Buffer.byteLength(socketFile(near)) <= longestPathBytes) return near;
  const digest = createHash("sha256").update(near).digest("hex").slice(0, 16);
  return `/tmp/launch-${uid}-${digest}`;
}

/** The socket file that PostgreSQL makes in a folder; its lock file has the same name and `.lock`. */
export function socketFile(folder: string): string {
  return join(folder, `.s.PGSQL.${serverNames.port}`);
}

/** Makes the folder for the server's user alone. Throws ConfigError LAUNCH_STATE_UNUSABLE when it is somebody else's. */
export function makeSocketFolder(folder: string, user: ServerUser): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  checkSocketFolder(folder, user);
  if (user.dropTo !== undefined) lchownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
}

/**
 * Refuses a folder that another user could have put there to be taken for our server (anybody may write in /tmp). An
 * absent folder is fine: nothing listens there.
 */
export function checkSocketFolder(folder: string, user: ServerUser): void {
  const facts = lstatSync(folder, { throwIfNoEntry: false });
  if (facts === undefined || isOurs(facts, user)) return;
  const what = facts.isDirectory() ? `belongs to uid ${facts.uid} (mode ${mode(facts)})` : "is no folder";
  throw new ConfigError(
    "LAUNCH_STATE_UNUSABLE",
    `The socket folder ${folder} ${what}; it must be a folder of uid ${user.uid}.`,
    { hint: `Find out who created it, then remove ${folder}, or set LAUNCH_STATE_DIR to another folder.` },
  );
}

// Root's own is a folder that another starter made a moment ago and has not handed over yet.
function isOurs(facts: Stats, user: ServerUser): boolean {
  const isOwner = facts.uid === user.uid || (user.dropTo !== undefined && facts.uid === 0);
  return facts.isDirectory() && isOwner && (facts.mode & 0o022) === 0;
}

function mode(facts: Stats): string {
  return `0${(facts.mode & 0o777).toString(8)}`;
}
