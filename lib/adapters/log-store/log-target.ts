import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { stampOf, streamMarks } from "../../domain/logs/log-line.ts";
import { makeFolder } from "../host-files/make-folder.ts";
import { codeOf, factsOf, realLogPath } from "./log-files.ts";
import { putAside } from "./put-aside.ts";

export interface LogTargetOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** What the launcher says where a file begins, where others have written, and at least once a MiB. */
  readonly continues: string;
  /** Said before every batch: others write to the file all the time. */
  readonly isShared: boolean;
  /** Told once when writing begins to fail, and once when it works again. */
  readonly onTrouble: (message: string) => void;
  /** Told when a file was put aside, and at the first opening. */
  readonly onOpened: () => void;
}

const markEveryBytes = 1024 * 1024;
const stampLength = 24;

/** An open file, as it was after our last look. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly ino: number;
  /** A device or a pipe is neither put aside nor looked at. */
  readonly isFile: boolean;
  readonly firstAtMs: number;
  size: number;
  sinceMark: number;
  /** False where a write broke off within a line. */
  isWhole: boolean;
  /** It could not be put aside. */
  isStuck: boolean;
}

/** The file of mode 0600 that whole lines are appended to; it is put aside when it is full or old, and opened anew when somebody moved it. */
export function createLogTarget(options: LogTargetOptions) {
  let file: OpenFile | undefined;
  let lostLines = 0;
  let realPath: string | undefined;

  const ready = async (): Promise<OpenFile> => {
    realPath ??= await realLogPath(options.path);
    const path = realPath;
    if (file?.isFile === true) file = await stillThere(file, path);
    if (file !== undefined && isDone(file, options) && (await makeRoom(file, path, options)))
      file = undefined;
    if (file !== undefined) return file;
    const opened = await openFile(path);
    file = opened;
    options.onOpened();
    return isDone(opened, options) ? ready() : opened;
  };
  return {
    /** Never rejects: a full disk must not stop a bot. */
    async append(batch: Buffer): Promise<void> {
      try {
        const target = await ready();
        const head = headOf(target, batch, { ...options, lostLines });
        await appendTo(target, head, batch);
        if (lostLines > 0)
          options.onTrouble(
            `The log ${options.path} is written again; ${lostLines} lines are missing in it.`,
          );
        lostLines = 0;
      } catch (error) {
        if (lostLines === 0) options.onTrouble(troubleOf(options.path, error));
        lostLines += error instanceof BrokenOff ? error.lostLines : linesIn(batch);
      }
    },
    async close(): Promise<void> {
      await file?.handle.close().catch(() => undefined);
      file = undefined;
    },
  };
}

function isDone(
  { isFile, isStuck, size, firstAtMs }: OpenFile,
  { maxBytes, maxAgeMs }: LogTargetOptions,
): boolean {
  const isFull = size >= maxBytes || Date.now() - firstAtMs > maxAgeMs;
  return isFile && !isStuck && size > 0 && isFull;
}

// A folder in which nothing can be made keeps the file from being put aside, not the lines from being written.
async function makeRoom(file: OpenFile, path: string, { onTrouble }: LogTargetOptions): Promise<boolean> {
  try {
    await putAside(path, file.ino);
  } catch (error) {
    file.isStuck = true;
    onTrouble(
      `The log ${path} is full or old, but cannot be put aside (${codeOf(error) ?? "unknown"}): it grows on.`,
    );
    return false;
  }
  await file.handle.close();
  return true;
}

async function openFile(path: string): Promise<OpenFile> {
  makeFolder(dirname(path), 0o700);
  const handle = await open(path, "a", 0o600);
  try {
    const facts = await handle.stat();
    // A log left by an older program, or made by hand, may be readable by others; a device such as /dev/null is not ours to change.
    if (facts.isFile() && (facts.mode & 0o077) !== 0) await handle.chmod(0o600);
    const { ino, size } = facts;
    const { firstAtMs, isWhole } =
      facts.isFile() && size > 0
        ? await edgesOf(path, size)
        : { firstAtMs: Number.POSITIVE_INFINITY, isWhole: true };
    const sinceMark = Number.POSITIVE_INFINITY;
    return { handle, ino, size, isFile: facts.isFile(), firstAtMs, sinceMark, isWhole, isStuck: false };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

// When its first line was written, and whether its last one has an end. Another writer may have put the file aside meanwhile: then
// this batch still goes there, and the next one to the new file.
async function edgesOf(path: string, size: number): Promise<Pick<OpenFile, "firstAtMs" | "isWhole">> {
  const handle = await open(path, "r").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return { firstAtMs: Date.now(), isWhole: true };
  try {
    const first = Buffer.alloc(stampLength);
    await handle.read(first, 0, stampLength, 0);
    const last = Buffer.from("\n");
    await handle.read(last, 0, 1, size - 1);
    const stamp = stampOf(first.toString("latin1"));
    return { firstAtMs: stamp === undefined ? Date.now() : Date.parse(stamp), isWhole: last[0] === 10 };
  } finally {
    await handle.close();
  }
}

// Somebody may have moved it, cut it or written to it since.
async function stillThere(file: OpenFile, path: string): Promise<OpenFile | undefined> {
  const facts = await factsOf(path);
  if (facts?.ino !== file.ino) {
    await file.handle.close();
    return undefined;
  }
  if (facts.size !== file.size) {
    file.size = facts.size;
    file.sinceMark = Number.POSITIVE_INFINITY;
  }
  return file;
}

function headOf(
  file: OpenFile,
  batch: Buffer,
  { isShared, continues, lostLines }: LogTargetOptions & { readonly lostLines: number },
): Buffer {
  const stamp = `${batch.toString("latin1", 0, stampLength)}${streamMarks.launcher}`;
  const end = file.isWhole ? "" : "\n";
  const missing = lostLines === 0 ? "" : `${stamp}${lostLines} lines are missing here\n`;
  const mark = isShared || file.sinceMark >= markEveryBytes ? `${stamp}${continues}\n` : "";
  return Buffer.from(end + missing + mark, "latin1");
}

async function appendTo(file: OpenFile, head: Buffer, batch: Buffer): Promise<void> {
  const bytes = head.length === 0 ? batch : Buffer.concat([head, batch]);
  try {
    await file.handle.appendFile(bytes);
  } catch (error) {
    const size = file.isFile ? (await file.handle.stat()).size : file.size;
    const written = Math.max(0, Math.min(size - file.size, bytes.length));
    if (written > 0) file.isWhole = bytes[written - 1] === 10;
    file.size = size;
    file.sinceMark = Number.POSITIVE_INFINITY;
    throw new BrokenOff(linesIn(bytes.subarray(Math.max(written, head.length))), { cause: error });
  }
  file.isWhole = true;
  file.size += bytes.length;
  file.sinceMark = head.length === 0 ? file.sinceMark + bytes.length : bytes.length;
}

/** The disk took a part of the lines only. */
class BrokenOff extends Error {
  readonly lostLines: number;

  constructor(lostLines: number, options: ErrorOptions) {
    super("broken off", options);
    this.lostLines = lostLines;
  }
}

function linesIn(bytes: Buffer): number {
  return bytes.toString("latin1").split("\n").length - 1;
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission is denied",
  EROFS: "the file system is read-only",
  ENOTDIR: "something in its path is no folder",
  EISDIR: "it is a folder",
  EMFILE: "this launcher has too many open files",
};

function troubleOf(path: string, error: unknown): string {
  const code = codeOf(error instanceof BrokenOff ? error.cause : error) ?? "unknown";
  const why = reasons[code];
  return `The log ${path} cannot be written: ${why === undefined ? code : `${why} (${code})`}. The bot runs on, and its lines are still shown here.`;
}
