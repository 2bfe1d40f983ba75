/**
 * The records of one lock in one place. Each holder writes one under the next number, and only the greatest number
 * counts. A record names a listening socket of its launcher: who can connect to it knows that the launcher lives.
 *
 * A number is taken by link(2), which lets one of several win, when the record is complete and its socket listens; so a
 * record whose socket refuses is a dead launcher's for good. The greatest record is not removed when the lock is given back:
 * one that slept since it looked finds its number taken or outnumbered. Only a sweep removes it, weeks later, and the count
 * begins anew: then the one that slept finds a file beside its own that it had not seen.
 */
import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";
import type { RunId } from "../../domain/ids.ts";
import type { HostLockHolder } from "../../ports/host/host-lock.ts";
import { makeFolder } from "../host-files/make-folder.ts";
import { isAlive, socketFile, socketsIn } from "./life-line.ts";

/** One lock in one place. */
export interface LockFolder {
  readonly place: string;
  readonly folder: string;
}

/** What one try in one place came to. */
export type RecordTaking =
  | { readonly kind: "held"; readonly number: number; readonly left: readonly RunId[] }
  | { readonly kind: "taken"; readonly holder: HostLockHolder }
  | UnreadableRecord;

/** Nobody can say whose the record is, and a launcher lives in this place: it may be its. */
export interface UnreadableRecord {
  readonly kind: "unreadable";
  readonly file: string;
}

/** What a holder writes. */
export interface LockRecord {
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
  for (;;) {
    // The sweep of another launcher may take an old folder away at any moment.
    makeFolder(folder, 0o700);
    const seen = filesIn(folder);
    const last = Math.max(0, ...seen.keys());
    const read = readRecord(folder, last);
    const file = join(folder, String(last));
    if (read === "unreadable" && isSinceBoot(file) && (await isAnyoneAlive(place, await openSocket())))
      return { kind: "unreadable", file };
    const before = read === "unreadable" ? undefined : read;
    if (before?.socket && (await isAlive(place, before.socket)))
      return { kind: "taken", holder: before.holder };
    // Processes do not outlive a boot.
    const isOfThisBoot = before?.holder.launcher.bootId === holder.launcher.bootId;
    const left = before !== undefined && isOfThisBoot ? before.runs : [];
    const number = last + 1;
    const record: LockRecord = { socket: await openSocket(), holder, runs: [holder.runId, ...left] };
    if (!putRecord(folder, { number, seen }, record)) continue;
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
  const present = readRecord(folder, number);
  // Somebody may have removed the folder, and another launcher have taken this number in it. Over an unreadable one nobody came.
  if (present === undefined) return;
  if (present !== "unreadable" && present.holder.runId !== holder.runId) return;
  const record: LockRecord = { socket: "", holder, runs };
  const draft = writeDraft(folder, JSON.stringify(record));
  renameSync(draft, join(folder, String(number)));
}

function clearOthers(folder: string, number: number): void {
  for (const name of readdirSync(folder)) {
    if (name !== String(number)) rmSync(join(folder, name), { force: true });
  }
}

/** The numbers of a lock's records; none where its folder is gone. */
export function numbersIn(folder: string): readonly number[] {
  return (
    unlessMissing(() =>
      readdirSync(folder)
        .filter((name) => /^\d+$/.test(name))
        .map(Number),
    ) ?? []
  );
}

// The files under the numbers, told apart from any that had the same number before.
function filesIn(folder: string): ReadonlyMap<number, string> {
  const files = numbersIn(folder).flatMap((number) => {
    const facts = statSync(join(folder, String(number)), { bigint: true, throwIfNoEntry: false });
    return facts === undefined ? [] : [[number, `${facts.ino} ${facts.mtimeNs}`] as const];
  });
  return new Map(files);
}

/** Reads a record; undefined where there is none. */
export function readRecord(folder: string, number: number): LockRecord | "unreadable" | undefined {
  const text = unlessMissing(() => readFileSync(join(folder, String(number)), "utf8"));
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as LockRecord;
    return isWhole(record) ? record : "unreadable";
  } catch {
    return "unreadable";
  }
}

// A record is whole before it has its number. A host that lost its power leaves another one, of the boot before, and then nobody
// holds it; somebody's hand or a bad disk leaves one of this boot, and then whoever listens in this place may.
async function isAnyoneAlive(place: string, mine: string): Promise<boolean> {
  const others = socketsIn(place).filter((name) => name !== mine);
  const alive = await Promise.all(others.map((name) => isAlive(place, name)));
  return alive.includes(true);
}

/** Whether the file is written since this host booted, or about then. */
function isSinceBoot(file: string): boolean {
  const writtenMs = unlessMissing(() => statSync(file).mtimeMs) ?? 0;
  return writtenMs > Date.now() - uptime() * 1_000 - 60_000;
}

interface Numbering {
  readonly number: number;
  /** What was there when it was decided that nobody holds the lock. */
  readonly seen: ReadonlyMap<number, string>;
}

function putRecord(folder: string, { number, seen }: Numbering, record: LockRecord): boolean {
  const path = join(folder, String(number));
  const draft = unlessMissing(() => writeDraft(folder, JSON.stringify(record)));
  if (draft === undefined) return false;
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
  // Outnumbered by one that looked later, or beside one that began to count anew in a folder that was swept away meanwhile.
  const isAlone = [...filesIn(folder)].every(([each, file]) => each === number || seen.get(each) === file);
  if (!isAlone) rmSync(path, { force: true });
  return isAlone;
}

function unlessMissing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function writeDraft(folder: string, text: string): string {
  const draft = join(folder, `.${randomBytes(4).toString("hex")}`);
  writeFileSync(draft, text, { flag: "wx", mode: 0o600 });
  return draft;
}

// Throws for what has no parts at all. Names become parts of paths.
function isWhole({ socket, holder, runs }: LockRecord): boolean {
  const { host, machineId, bootId, pidNamespace, pid, startTicks } = holder.launcher;
  const texts = [host, machineId, bootId, pidNamespace, holder.database, holder.folder];
  return (
    Array.isArray(runs) &&
    [socket, holder.runId, ...runs].every((name) => typeof name === "string" && !/[/\0]/.test(name)) &&
    texts.every((text) => typeof text === "string") &&
    [pid, startTicks].every(Number.isSafeInteger)
  );
}
