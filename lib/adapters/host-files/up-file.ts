import { closeSync, fchmodSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ProcessIdentity } from "../../domain/run/lease.ts";
import { makeFolder } from "./make-folder.ts";
import { replacePrivateFile } from "./private-file.ts";
import { orNothing } from "./read-if-there.ts";

/** What a launcher of many units says of itself to the commands of its host. */
export interface UpRecord {
  readonly process: ProcessIdentity;
  /** The longest time that a unit of it may take to stop. */
  readonly longestGraceMs: number;
  /** Each unit, once all have had their first chance; undefined until then. */
  readonly settled:
    | readonly {
        readonly kind: "bot" | "collector";
        readonly name: string;
        readonly state: string;
        readonly why: string | undefined;
      }[]
    | undefined;
  /** The reloads so far, with what the last one changed. */
  readonly reloads: { readonly count: number; readonly text: readonly string[]; readonly isRefused: boolean };
  /** How many units have ended of those that ran when all were asked to; undefined until then. */
  readonly stopping?: { readonly stopped: number; readonly of: number } | undefined;
}

/** Where the launcher of many units of a state folder is written down. */
export function upFile(stateFolder: string): string {
  return join(stateFolder, "run", "up.json");
}

/** The record there; undefined when there is none, or none that can be read. */
export function readUpRecord(path: string): UpRecord | undefined {
  return orNothing(() => JSON.parse(readFileSync(path, "utf8")) as UpRecord);
}

/** Writes it in one step. */
export async function writeUpRecord(path: string, record: UpRecord): Promise<void> {
  makeFolder(dirname(path), 0o700);
  await replacePrivateFile(path, `${JSON.stringify(record)}\n`);
}

/** Writes down beside it who ends this launcher, for the signal that follows: a signal says nothing of its sender. */
export function writeUpEnd(path: string, launcher: ProcessIdentity, by: string): void {
  try {
    // One that another user left could not be written over, and a link that somebody put there is not followed.
    rmSync(`${path}.end`, { force: true });
    const file = openSync(`${path}.end`, "wx", 0o600);
    try {
      writeSync(file, JSON.stringify({ launcher, by }));
      // What root writes its user's launcher must read; the folder lets nobody else in.
      fchmodSync(file, 0o644);
    } finally {
      closeSync(file);
    }
  } catch {
    // On a full disk it must end all the same.
  }
}

/** Who ends this launcher, if that was a command; undefined where somebody or something signalled it. */
export function readUpEnd(path: string, { pid, startTicks }: ProcessIdentity): string | undefined {
  return orNothing(() => {
    const { launcher, by } = JSON.parse(readFileSync(`${path}.end`, "utf8"));
    return launcher.pid === pid && launcher.startTicks === startTicks ? (by as string) : undefined;
  });
}

/** Takes it away when the launcher ends, unless another one has written itself down meanwhile. */
export function removeUpRecord(path: string, pid: number): void {
  if (readUpRecord(path)?.process.pid !== pid) return;
  for (const file of [path, `${path}.end`]) rmSync(file, { force: true });
}
