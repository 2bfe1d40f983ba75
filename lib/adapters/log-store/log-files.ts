import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A file that was put aside when it was full or old; the number grows. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly isCompressed: boolean;
}

const digits = 8;
const segmentName = /^\.(\d{8})(\.gz)?$/;
const crashName = /^\.crash-(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3}Z)-\d+$/;

/** The path with its links followed: what is put aside lies beside the real file. */
export async function realLogPath(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

/** Where the segment of this number lies. */
export function segmentPath(path: string, number: number): string {
  return `${path}.${String(number).padStart(digits, "0")}`;
}

/** The segments of a log, the oldest first. One that is being compressed is there twice: the whole one counts. */
export async function listSegments(path: string): Promise<readonly Segment[]> {
  const found = new Map<number, Segment>();
  for (const rest of await namesBeside(path)) {
    const [, number, gz] = segmentName.exec(rest) ?? [];
    if (number === undefined) continue;
    const segment = { number: Number(number), path: path + rest, isCompressed: gz !== undefined };
    if (!segment.isCompressed || !found.has(segment.number)) found.set(segment.number, segment);
  }
  return [...found.values()].toSorted((a, b) => a.number - b.number);
}

/** Where the last lines of a process that crashed at this time are kept. */
export function crashPath(path: string, at: string, pid: number): string {
  return `${path}.crash-${at.replaceAll(":", "-")}-${pid}`;
}

/** The kept last lines of crashes with their times, the oldest first. */
export async function listCrashes(path: string): Promise<readonly { path: string; at: string }[]> {
  const found = (await namesBeside(path)).flatMap((rest) => {
    const [, hour, minute, second] = crashName.exec(rest) ?? [];
    return hour === undefined ? [] : [{ path: path + rest, at: `${hour}:${minute}:${second}` }];
  });
  return found.toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

/** The size and the last change of a file; undefined where there is none. */
export async function factsOf(
  path: string,
): Promise<{ ino: number; size: number; mtimeMs: number; isFile: boolean } | undefined> {
  try {
    const facts = await stat(path);
    return { ino: facts.ino, size: facts.size, mtimeMs: facts.mtimeMs, isFile: facts.isFile() };
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** What follows the log's own name in the names beside it. */
async function namesBeside(path: string): Promise<readonly string[]> {
  const own = basename(path);
  const names = await readdir(dirname(path)).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw error;
  });
  return names.flatMap((name) => (name.startsWith(`${own}.`) ? [name.slice(own.length)] : []));
}

/** The drafts that a launcher left which was killed while it compressed. */
export async function listDrafts(path: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path)).catch(() => []);
  const own = `.${basename(path)}.`;
  return names
    .filter((name) => name.startsWith(own) && name.endsWith(".part"))
    .map((name) => join(dirname(path), name));
}

/** Where a segment is compressed to before it takes the segment's place. */
export function draftPath({ path }: Segment): string {
  return join(dirname(path), `.${basename(path)}.part`);
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
