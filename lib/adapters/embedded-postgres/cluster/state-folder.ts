import { chmodSync, chownSync, type Stats, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError } from "../../../errors.ts";
import { makeFolder } from "../../host-files/make-folder.ts";
import { runCommand } from "../engine/run-command.ts";
import type { ServerUser } from "../server/server-user.ts";
import type { StateLayout } from "../server/state-layout.ts";

// statfs(2): file systems on which neither locks nor shared memory say who else uses the folder.
const networkFileSystems = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
]);

/**
 * Makes the folders of the database and checks that they can serve. Throws ConfigError LAUNCH_STATE_UNUSABLE naming the
 * folder: not writable, on a network file system, or beyond the reach of the server's user.
 */
export async function makeStateFolder(layout: StateLayout, user: ServerUser): Promise<void> {
  refuseShellCharacters(layout.state);
  try {
    // Parents of root's that are missing are made passable; a user's own are as private as the rest.
    if (user.dropTo !== undefined) makeFolder(dirname(layout.state), 0o755);
    makeFolder(layout.state, 0o700);
    makeFolder(layout.db, 0o700);
  } catch (error) {
    throw unusable(`The state folder ${layout.state} cannot be created: ${(error as Error).message}.`, error);
  }
  const { type } = await statfs(layout.db);
  const network = networkFileSystems.get(type);
  if (network !== undefined) {
    throw unusable(`${layout.db} is on ${network}, where two hosts could open one database.`);
  }
  if (user.dropTo !== undefined) await letPass(layout, user);
}

/** Whatever went wrong with a file of ours, as an error that names the folder; a full disk says so. */
export function fileTrouble(layout: StateLayout, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return unusable(`The disk of ${layout.state} is full: ${message}.`, error);
  }
  const isAccess = code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR";
  return isAccess ? unusable(`The state folder ${layout.state} cannot be used: ${message}.`, error) : error;
}

// initdb and pg_ctl start `postgres` through sh with the path in double quotes, where these keep their meaning.
function refuseShellCharacters(folder: string): void {
  if (!/["$`\\\n]/.test(folder)) return;
  throw unusable(
    `PostgreSQL cannot work in ${folder}: a double quote, $, \`, backslash or line break is in its name.`,
  );
}

function unusable(message: string, cause?: unknown): ConfigError {
  return new ConfigError("LAUNCH_STATE_UNUSABLE", message, {
    cause,
    hint: "Give this user write access to the folder, or set LAUNCH_STATE_DIR to a local folder that this user may write.",
  });
}

// Access lists and mounts make mode bits an unsure guide: the server's user itself tries to get there.
async function letPass(layout: StateLayout, user: ServerUser): Promise<void> {
  if (await canEnter(layout.db, user)) return;
  if (!(await canEnter("/", user))) throw cannotBecome(user);
  for (const folder of [layout.state, layout.db]) openForPassing(folder, statSync(folder), user);
  if (await canEnter(layout.db, user)) return;
  const barrier = await firstBarrier(layout.db, user);
  throw new ConfigError(
    "LAUNCH_STATE_UNUSABLE",
    `The database runs as uid ${user.uid}, which has no access through ${barrier} to ${layout.db}.`,
    { hint: `Run \`chmod o+x ${barrier}\`, or set LAUNCH_STATE_DIR to a folder such as /var/lib/launch.` },
  );
}

// Who is root in a namespace that knows no other user.
function cannotBecome({ uid }: ServerUser): ConfigError {
  return new ConfigError(
    "LAUNCH_STATE_UNUSABLE",
    `PostgreSQL refuses to run as root, and this root may not become uid ${uid}.`,
    {
      hint: "Start Slipway as an ordinary user, give this container or namespace more than one user, or set LAUNCH_DATABASE_URL.",
    },
  );
}

// Only the two folders that are ours to decide about. The server's group may pass through them, not look into them;
// where another group has rights already, it keeps them.
function openForPassing(folder: string, facts: Stats, user: ServerUser): void {
  if (facts.uid !== 0) return;
  const isGroupFree = (facts.mode & 0o070) === 0 || facts.gid === user.gid;
  if (isGroupFree) chownSync(folder, facts.uid, user.gid);
  chmodSync(folder, (facts.mode & 0o7777) | (isGroupFree ? 0o010 : 0o001));
}

async function firstBarrier(folder: string, user: ServerUser): Promise<string> {
  const parent = dirname(folder);
  if (parent === folder || (await canEnter(parent, user))) return folder;
  return firstBarrier(parent, user);
}

async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  const args = ["-c", 'cd -- "$1"', "sh", folder];
  const result = await runCommand({ file: "/bin/sh", args, user: user.dropTo, timeoutMs: 5000 });
  return result.code === 0;
}
