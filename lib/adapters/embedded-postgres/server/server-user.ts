import { readFileSync, statSync } from "node:fs";
import { hostLimit } from "../../../domain/host-limit.ts";
import { ConfigError } from "../../../errors.ts";
import { dataFolderOf, majorsWithData, type StateLayout } from "./state-layout.ts";

/** Whose processes the server's are; PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
  /** Set when this process is root and has to become that user for the server. */
  readonly dropTo: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether /etc/passwd knows the uid: initdb insists on it, the server does not. */
  readonly isNamed: boolean;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

// Nobody else's: processes of a shared account such as `nobody` could read the data.
const firstPrivateUid = 59_731;

/**
 * The user of the server: the owner of the data that is there; else, for root, the account `launch` or `postgres`, else a
 * uid without account. Throws ConfigError LAUNCH_STATE_UNUSABLE when the data is somebody else's.
 */
export function serverUser(layout: StateLayout, processUid: number, passwd = readPasswd()): ServerUser {
  const owner = dataOwner(layout);
  if (processUid === 0) return asRoot(owner, passwd);
  if (owner !== undefined && owner.uid !== processUid) {
    throw new ConfigError(
      "LAUNCH_STATE_UNUSABLE",
      `The database in ${layout.db} belongs to uid ${owner.uid}, and this process is uid ${processUid}.`,
      { hint: "Run as the user that created it, or set LAUNCH_STATE_DIR to a folder of your own." },
    );
  }
  return { uid: processUid, gid: process.getgid?.() ?? processUid, dropTo: undefined, isNamed: true };
}

/** The uid and gid of `nobody`, as whom initdb runs for a uid without account. */
export function nobody(passwd = readPasswd()): { readonly uid: number; readonly gid: number } {
  const entry = passwd.find(({ name }) => name === "nobody");
  return entry === undefined ? { uid: 65_534, gid: 65_534 } : { uid: entry.uid, gid: entry.gid };
}

function asRoot(owner: { uid: number; gid: number } | undefined, passwd: readonly PasswdEntry[]): ServerUser {
  const account = ["launch", "postgres"]
    .map((name) => passwd.find((entry) => entry.name === name && entry.uid !== 0))
    .find((entry) => entry !== undefined);
  const { uid, gid } = owner ?? account ?? unusedUser(passwd);
  return { uid, gid, dropTo: { uid, gid }, isNamed: passwd.some((entry) => entry.uid === uid) };
}

function unusedUser(passwd: readonly PasswdEntry[]): { uid: number; gid: number } {
  let uid = firstPrivateUid;
  while (passwd.some((entry) => entry.uid === uid)) uid += 1;
  return { uid, gid: uid };
}

function dataOwner(layout: StateLayout): { uid: number; gid: number } | undefined {
  const [newest] = majorsWithData(layout);
  if (newest === undefined) return undefined;
  const { uid, gid } = statSync(dataFolderOf(layout, newest));
  return uid === 0 ? undefined : { uid, gid };
}

function readPasswd(): readonly PasswdEntry[] {
  try {
    return parsePasswd(readFileSync("/etc/passwd", "utf8"));
  } catch (error) {
    // A limit of this process says nothing of who has an account here.
    if (hostLimit(error) !== undefined) throw error;
    return [];
  }
}

/** The entries of a passwd(5) file; lines that are none are left out. */
export function parsePasswd(text: string): readonly PasswdEntry[] {
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => fields.length >= 4 && isId(fields[2]) && isId(fields[3]))
    .map((fields) => ({ name: fields[0] ?? "", uid: Number(fields[2]), gid: Number(fields[3]) }));
}

// As the kernel has them, in 32 bits.
function isId(text = ""): boolean {
  return /^\d+$/.test(text) && Number(text) < 2 ** 32;
}
