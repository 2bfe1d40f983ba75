/**
 * The records of one lock in one place. Each holder writes one under the next number, and only the greatest number
 * counts. A record names a listening socket of its launcher: who can connect to it knows that the launcher lives.
 *
 * A number is taken by link(2), which lets one of several win, when the record is complete and its socket listens; so a
 * record whose socket refuses is a dead launcher's for good. The greatest record is never removed, not even when the lock
 * is given back: numbers only grow, and one that slept since it looked finds its number taken or outnumbered.
 */
import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunId } from "../../domain/ids.ts";
import type { HostLockHolder } from "../../ports/host-lock.ts";
import { makeFolder } from "../host-files/make-folder.ts";
import { isAlive, socketFile } from "./life-line.ts";

/** One lock in one place. */
export interface LockFolder {
  readonly place: string;
  readonly folder: string;
}

/** What one try in one place came to. */
export type RecordTaking =
  | { readonly kind: "held"; readonly number: number; readonly left: readonly RunId[] }
  | { readonly kind: "taken"; readonly holder: HostLockHolder };

interface LockRecord {
  /** Empty when it was given back. */
  readonly socket: string;
  readonly holder: HostLockHolder;
  /** Whose processes may be alive when the launcher is not: its own run, and those that it found left. */
  readonly runs: readonly RunId[];
}

/** Takes the lock for a process that listens at `socket`, or tells who has it. */
export async function takeRecord(
  lock: LockFolder,
  openSocket: () => Promise<string>,
  holder: HostLockHolder,
): Promise<RecordTaking> {
  const { place, folder } = lock;
  makeFolder(folder, 0o700);
  for (;;) {
    const last = greatestNumber(folder);
    const before = readRecord(folder, last);
    if (before?.socket && (await isAlive(place, before.socket)))
      return { kind: "taken", holder: before.holder };
    // Processes do not outlive a boot.
    const isOfThisBoot = before?.holder.launcher.bootId === holder.launcher.bootId;
    const left = before !== undefined && isOfThisBoot ? before.runs : [];
    const number = last + 1;
    const record: LockRecord = { socket: await openSocket(), holder, runs: [holder.runId, ...left] };
    if (!putRecord(folder, number, record)) continue;
    if (before?.socket) rmSync(socketFile(place, before.socket), { force: true });
    clearOthers(folder, number);
    return { kind: "held", number, left };
  }
}

/** Says in the record that its launcher gave the lock back, and what it could not end. */
export function releaseRecord(
  { folder }: LockFolder,
  number: number,
  holder: HostLockHolder,
  runs: readonly RunId[],
): void {
  // Somebody may have removed the folder, and another launcher have taken this number in it.
  if (readRecord(folder, number)?.holder.runId !== holder.runId) return;
  const record: LockRecord = { socket: "", holder, runs };
  const draft = writeDraft(folder, JSON.stringify(record));
  renameSync(draft, join(folder, String(number)));
}

function clearOthers(folder: string, number: number): void {
  for (const name of readdirSync(folder)) {
    if (name !== String(number)) rmSync(join(folder, name), { force: true });
  }
}

function greatestNumber(folder: string): number {
  return Math.max(
    0,
    ...readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
}

function readRecord(folder: string, number: number): LockRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, String(number)), "utf8")) as LockRecord;
  } catch (error) {
    // A record is whole before it has its number: only a host that lost its power leaves another one, of the boot before.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function putRecord(folder: string, number: number, record: LockRecord): boolean {
  const draft = writeDraft(folder, JSON.stringify(record));
  const path = join(folder, String(number));
  try {
    linkSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Taken, or the draft was cleared away by one that won meanwhile.
    if (code === "EEXIST" || code === "ENOENT") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  if (greatestNumber(folder) === number) return true;
  rmSync(path, { force: true });
  return false;
}

function writeDraft(folder: string, text: string): string {
  const draft = join(folder, `.${randomBytes(4).toString("hex")}`);
  writeFileSync(draft, text, { flag: "wx", mode: 0o600 });
  return draft;
}
